using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.Host.Pages.TryIt;
using DrmHub.Host.Pages.Words;
using DrmHub.Sandbox.Devices;
using DrmHub.Sandbox.Devices.FairPlay;
using DrmHub.Sandbox.Devices.Widevine;
using Microsoft.AspNetCore.Http;

namespace DrmHub.DrmHub.Tests.Console;

/// <summary>What is pasted into "Read a document": challenges as simulated devices write them, and anything else.</summary>
public sealed class DecodingTests
{
    private static readonly KeyId s_keyId = KeyId.Parse("00112233445566778899aabbccddeeff");

    [Theory]
    [InlineData("base64")]
    [InlineData("hex")]
    [InlineData("lines")]
    public async Task A_widevine_challenge_says_what_it_asks_for_and_who_says_so(string form)
    {
        using var device = new WidevineDevice(WidevineLevel.L1);
        var decoded = await ReadAsync(Encode(Widevine(offline: true), form));
        Assert.Equal("A Widevine challenge", decoded.Kind);
        Assert.Null(decoded.Problem);
        Assert.Equal(s_keyId.ToString(), Fact(decoded, "Key id 1"));
        Assert.Equal("licence request", Fact(decoded, "Kind"));
        Assert.Equal("keeping offline", Fact(decoded, "For"));
        Assert.Equal("21", Fact(decoded, "Protocol version"));
        Assert.Equal(device.CertificateSerial, Fact(decoded, "Certificate serial number"));
        Assert.True(long.Parse(Fact(decoded, "Widevine system id")!, CultureInfo.InvariantCulture) > 0);
        Assert.Equal("2.2", Fact(decoded, "HDCP at most"));
    }

    [Fact]
    public async Task A_private_client_id_is_not_guessed_at()
    {
        byte[] client = [.. Field(1, Encoding.UTF8.GetBytes("licences.example")), .. Field(3, RandomNumberGenerator.GetBytes(512))];
        byte[] pssh = [.. Field(1, new WidevinePsshData { KeyIds = [s_keyId] }.ToByteArray()), .. Field(2, 1)];
        byte[] request = [.. Field(2, Field(1, pssh)), .. Field(3, 1), .. Field(8, client)];
        var decoded = await ReadAsync(Convert.ToBase64String([.. Field(1, 1), .. Field(2, request), .. Field(3, new byte[256])]));
        Assert.Contains("encrypted for licences.example", Fact(decoded, "Client id"), StringComparison.Ordinal);
        Assert.Null(Fact(decoded, "Widevine system id"));
        Assert.Equal("streaming", Fact(decoded, "For"));
    }

    [Fact]
    public async Task Pssh_data_that_begins_like_a_challenge_is_pssh_data()
    {
        var decoded = await ReadAsync(Convert.ToBase64String([.. Field(1, 1), .. Field(2, Convert.FromHexString("00112233445566778899aabbccddeeff"))]));
        Assert.Equal("Protection data", decoded.Kind);
        Assert.Contains(s_keyId.ToString(), decoded.Parts.Single().Raw, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FairPlayForm.Octets)]
    [InlineData(FairPlayForm.UrlEncoded)]
    [InlineData(FairPlayForm.Json)]
    public async Task A_fairplay_challenge_says_for_which_certificate_it_is(FairPlayForm form)
    {
        var text = form == FairPlayForm.Octets ? Convert.ToBase64String(FairPlay(form)) : Encoding.UTF8.GetString(FairPlay(form));
        var decoded = await ReadAsync(text);
        Assert.Equal("A FairPlay challenge (SPC)", decoded.Kind);
        Assert.Null(decoded.Problem);
        Assert.Matches("^[0-9a-f]{40}$", Fact(decoded, "Certificate, its SHA-1")!);
        Assert.Contains("encrypted", Fact(decoded, "Payload"), StringComparison.Ordinal);

        var other = await Decoding.ReadAsync(text, Reader(), new byte[] { 1, 2, 3 });
        Assert.StartsWith("another one", Fact(other, "That is"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("08021211" + "0102030405060708090a0b0c0d0e0f1011", "licence")]
    [InlineData("08051211" + "0102030405060708090a0b0c0d0e0f1011", "service certificate")]
    [InlineData("08011211" + "0102030405060708090a0b0c0d0e0f1011", "LicenseRequest")]
    [InlineData("0000000100000000", "ends too early")]
    [InlineData("000000010000000000000000000000000000000000000000", "ends too early")]
    [InlineData("{\"spc\":\"!!\"}", "no base64")]
    [InlineData("spc=AAAA", "ends too early")]
    [InlineData("certainly nothing", "By its form it is none of")]
    public async Task What_cannot_be_read_says_why(string text, string message)
    {
        var decoded = await ReadAsync(text);
        Assert.Contains(message, decoded.Problem, StringComparison.Ordinal);
        Assert.Empty(decoded.Parts);
    }

    [Fact]
    public async Task A_service_certificate_request_is_named() =>
        Assert.Equal("request for a service certificate", Fact(await ReadAsync(Convert.ToHexString(WidevineDevice.ServiceCertificateRequest)), "Kind"));

    /// <summary>Challenges with bytes changed, cut and repeated are read or refused with a sentence, and nothing else comes out. DRMHUB_FUZZ_SECONDS sets how long (default 3).</summary>
    [Fact]
    public async Task Mutated_challenges_are_read_or_refused()
    {
        var seconds = double.Parse(Environment.GetEnvironmentVariable("DRMHUB_FUZZ_SECONDS") ?? "3", CultureInfo.InvariantCulture);
        var seed = RandomNumberGenerator.GetInt32(int.MaxValue);
        var random = new Random(seed);
        byte[][] corpus = [Widevine(offline: false), Widevine(offline: true), FairPlay(FairPlayForm.Octets), FairPlay(FairPlayForm.UrlEncoded), FairPlay(FairPlayForm.Json), PlayReady()];
        var until = Environment.TickCount64 + (long)(seconds * 1000);
        while (Environment.TickCount64 < until)
        {
            var bytes = Mutate(corpus[random.Next(corpus.Length)], random);
            foreach (var text in (string[])[Convert.ToBase64String(bytes), Convert.ToHexString(bytes), Encoding.Latin1.GetString(bytes)])
            {
                try
                {
                    var decoded = await ReadAsync(text);
                    Assert.True(decoded.Problem is null || decoded.Problem.Length > 0);
                }
                catch (Exception exception) when (exception is not Xunit.Sdk.XunitException)
                {
                    Assert.Fail($"seed {seed}: {exception}\n{Convert.ToHexString(bytes)}");
                }
            }
        }
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        var bytes = original.ToList();
        for (var times = random.Next(1, 6); times > 0 && bytes.Count > 0; times--)
        {
            var at = random.Next(random.Next(4) == 0 ? bytes.Count : Math.Min(64, bytes.Count));
            switch (random.Next(4))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes.RemoveRange(at, Math.Min(random.Next(1, 40), bytes.Count - at)); break;
                default: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 40), bytes.Count - at))); break;
            }
        }

        return [.. bytes];
    }

    private static Task<Decoded> ReadAsync(string text) => Decoding.ReadAsync(text, Reader());

    private static Reader Reader() => new(new HttpContextAccessor { HttpContext = new DefaultHttpContext() }, TimeProvider.System);

    private static string? Fact(Decoded decoded, string name) => decoded.Parts.SelectMany(part => part.Facts).FirstOrDefault(fact => fact.Name == name).Value;

    private static string Encode(byte[] bytes, string form) => form switch
    {
        "hex" => Convert.ToHexString(bytes),
        "lines" => string.Join("\r\n", Convert.ToBase64String(bytes).Chunk(64).Select(line => new string(line))) + "\n",
        _ => Convert.ToBase64String(bytes),
    };

    private static byte[] Widevine(bool offline)
    {
        using var device = new WidevineDevice(WidevineLevel.L1);
        return device.Ask(new LicenseWish { KeyIds = [s_keyId], ContentId = "a-film", Offline = offline }).Body;
    }

    private static byte[] FairPlay(FairPlayForm form)
    {
        using var device = new FairPlayDevice(FairPlayLevel.Main, form: form);
        return device.Ask(new LicenseWish { KeyIds = [s_keyId] }).Body;
    }

    private static byte[] PlayReady()
    {
        using var device = SimulatedDevices.Create("playready-3000");
        return device.Ask(new LicenseWish { KeyIds = [s_keyId] }).Body;
    }

    /// <summary>A length-delimited field of protocol buffers.</summary>
    private static byte[] Field(int number, byte[] value) =>
        value.Length < 128 ? [(byte)(number << 3 | 2), (byte)value.Length, .. value] : [(byte)(number << 3 | 2), (byte)(value.Length & 127 | 128), (byte)(value.Length >> 7), .. value];

    private static byte[] Field(int number, byte value) => [(byte)(number << 3), value];
}
