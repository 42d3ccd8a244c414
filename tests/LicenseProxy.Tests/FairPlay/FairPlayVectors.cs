using System.Security.Cryptography;
using System.Text.Json;
using DrmHub.LicenseProxy.Systems.FairPlay.Ksm;
using DrmHub.Testing;

namespace DrmHub.LicenseProxy.Tests.FairPlay;

/// <summary>tests/Vectors/fairplay/spc.json, made by make.py beside it: SPCs whose inside is known.</summary>
internal sealed class FairPlayVectors
{
    private static readonly JsonElement Root = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "tests/Vectors/fairplay/spc.json"))).RootElement;

    public static IReadOnlyList<Spc> All => [.. Root.GetProperty("spcs").EnumerateArray().Select(each => new Spc(each))];

    public static byte[] Ask => Hex(Root, "ask");

    public static TransportSeeds Seeds
    {
        get
        {
            var seeds = Root.GetProperty("seeds");
            return new TransportSeeds(Hex(seeds, "key"), Hex(seeds, "iv"), Hex(seeds, "integrity"));
        }
    }

    public static byte[] Certificate(int index) => Hex(Root.GetProperty("credentials")[index], "certificate");

    public static string PrivateKey(int index) => Root.GetProperty("credentials")[index].GetProperty("privateKey").GetString()!;

    public static FairPlayCredential Credential(int index)
    {
        var key = RSA.Create();
        key.ImportFromPem(PrivateKey(index));
        return new FairPlayCredential(Certificate(index), key, Ask);
    }

    /// <summary>The hub's module with both certificates and the stand-in D-Function.</summary>
    public static KeySecurityModule Module(bool seeds = true) => new([Credential(0), Credential(1)], new StandInDerivation(), seeds ? Seeds : null);

    private static byte[] Hex(JsonElement element, string name) => Convert.FromHexString(element.GetProperty(name).GetString()!);

    internal sealed class Spc(JsonElement element)
    {
        public string Name => element.GetProperty("name").GetString()!;

        public int Version => element.GetProperty("version").GetInt32();

        public byte[] Bytes => Hex(element, "spc");

        public string Level => element.GetProperty("level").GetString()!;

        public uint? State => element.GetProperty("state").ValueKind == JsonValueKind.Null ? null : element.GetProperty("state").GetUInt32();

        public string DeviceId => element.GetProperty("deviceId").GetString()!;

        public IReadOnlyList<string> Returned => [.. element.GetProperty("returned").EnumerateArray().Select(each => each.GetString()!)];

        public TestDevice.Session Session => new(Hex(element, "sessionKey"), Hex(element, "deviceId"), Hex(element, "r1"), Hex(element, "antiReplaySeed"));
    }
}
