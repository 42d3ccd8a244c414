using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using DrmHub.Cenc;
using DrmHub.Sandbox.Wire;
using Tags = DrmHub.Sandbox.Wire.FairPlayTags;

namespace DrmHub.Sandbox.Devices.FairPlay;

/// <summary>What a FairPlay device reports of itself.</summary>
public enum FairPlayLevel
{
    /// <summary>An older device: SPC version 1, no report of a security level.</summary>
    Old = 0,

    Baseline = 1,

    Main = 2,
}

/// <summary>How an application wraps the SPC into HTTP; there is no standard.</summary>
public enum FairPlayForm
{
    /// <summary>The SPC's bytes, both ways.</summary>
    Octets,

    /// <summary><c>spc=…&amp;assetId=…</c>, answered in <c>ckc</c> tags or as bare base64.</summary>
    UrlEncoded,

    /// <summary><c>{"spc":…}</c>, answered with <c>{"ckc":…}</c>.</summary>
    Json,

    /// <summary><c>fairplay-streaming-request</c> with <c>streaming-keys</c>.</summary>
    StreamingKeys,
}

/// <summary>
/// An Apple device: makes server playback contexts (SPC) of version 2, or 1 where it is old, for one key at a time, and opens content
/// key contexts (CKC). Its secrets follow from the sandbox's stand-ins for Apple's.
/// </summary>
public sealed class FairPlayDevice : ISimulatedDevice
{
    private readonly TimeProvider _time;
    private readonly X509Certificate2 _certificate;

    /// <param name="certificate">The module's certificate, as the application fetched it; null for the sandbox's own. Copied.</param>
    public FairPlayDevice(FairPlayLevel level, string name = "sandbox", HdcpVersion hdcp = HdcpVersion.Hdcp22, FairPlayForm form = FairPlayForm.Octets, X509Certificate2? certificate = null, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        SecurityLevel = level;
        Name = name;
        Hdcp = hdcp;
        Form = form;
        _certificate = certificate is null
            ? level == FairPlayLevel.Old ? SandboxFairPlay.OpenCertificate1024() : SandboxFairPlay.OpenCertificate2048()
            : X509CertificateLoader.LoadCertificate(certificate.RawData);
    }

    public DrmSystem System => DrmSystem.FairPlay;

    public FairPlayLevel SecurityLevel { get; }

    public string Level => SecurityLevel.ToString();

    public string Name { get; }

    public HdcpVersion Hdcp { get; }

    public FairPlayForm Form { get; }

    public DeviceChallenge Ask(LicenseWish wish)
    {
        ArgumentNullException.ThrowIfNull(wish);
        if (wish.Kind == LicenseKind.Release) throw new SandboxException(SandboxFailure.Policy, "FairPlay has no message that gives a key back.");
        var asset = wish.KeyIds.Count switch
        {
            1 => wish.KeyIds[0].ToString(),
            0 when wish.ContentId is { } contentId => contentId,
            _ => throw new SandboxException(SandboxFailure.Policy, "A FairPlay request is for one key."),
        };
        if (Encoding.UTF8.GetByteCount(asset) is < 2 or > 200) throw new SandboxException(SandboxFailure.Policy, "A FairPlay asset id has 2 to 200 bytes.");
        var session = new FairPlaySession(Name);
        var blocks = Blocks(session, asset, wish).ToList();
        var spc = Seal(blocks);
        var (body, contentType) = Wrap(spc, asset);
        return new FairPlayChallenge
        {
            Body = body,
            ContentType = contentType,
            Device = this,
            Session = session,
            KeyId = wish.KeyIds.Count == 1 ? wish.KeyIds[0] : default,
            Wish = wish,
            Echoed = [.. blocks.Where(block => FairPlaySession.Returned.Contains(block.Tag))],
            NowMs = _time.GetUtcNow().ToUnixTimeMilliseconds(),
        };
    }

    public void Dispose() => _certificate.Dispose();

    private IEnumerable<Tllv> Blocks(FairPlaySession session, string asset, LicenseWish wish)
    {
        yield return Tllv.Create(Tags.SessionKeyR1, session.SealedSessionKey());
        yield return Tllv.Create(Tags.Integrity, session.Integrity);
        yield return Tllv.Create(Tags.AntiReplaySeed, session.AntiReplaySeed);
        yield return Tllv.Create(Tags.R2, session.R2);
        yield return Tllv.Create(Tags.ReturnRequest, FairPlaySession.Returned);
        yield return Tllv.Create(Tags.AssetId, Encoding.UTF8.GetBytes(asset));
        yield return Tllv.Create(Tags.TransactionId, RandomNumberGenerator.GetBytes(8));
        yield return Tllv.Create(Tags.VersionUsed, [1u]);
        yield return Tllv.Create(Tags.VersionsSupported, [1u]);
        yield return Tllv.Create(Tags.StreamingIndicator, RandomNumberGenerator.GetBytes(8));
        yield return Tllv.Create(Tags.PlaybackState, PlaybackState(wish.Kind == LicenseKind.Renewal ? Tags.StateLeaseExpiring : Tags.StateReady));
        if (SecurityLevel == FairPlayLevel.Old) yield break;
        yield return Tllv.Create(Tags.Capabilities, [0UL, Capabilities()]);
        yield return Tllv.Create(Tags.SecurityLevelReport, LevelReport());
        yield return Tllv.Create(Tags.DeviceInfo, [.. Bytes(Tags.DeviceIos), .. Bytes(0x0011_0400u)]);
    }

    private ulong Capabilities()
    {
        var bits = Tags.CapabilityOffline | Tags.CapabilityOfflineV2 | Tags.CapabilityBaseline;
        if (Hdcp >= HdcpVersion.Hdcp22) bits |= Tags.CapabilityHdcpType1;
        if (SecurityLevel == FairPlayLevel.Main) bits |= Tags.CapabilityMain;
        return bits;
    }

    private byte[] LevelReport() =>
        [.. Bytes(1u), .. Bytes(0u), .. Bytes(SecurityLevel == FairPlayLevel.Main ? Tags.LevelMain : Tags.LevelBaseline), .. Bytes(Tags.DenyListVersion)];

    private byte[] PlaybackState(uint state) => [.. Bytes((uint)_time.GetUtcNow().ToUnixTimeSeconds()), .. Bytes(state), .. RandomNumberGenerator.GetBytes(8)];

    /// <summary>Version, reserved, IV, wrapped key, hash of the certificate, length, and the blocks under AES-CBC without padding.</summary>
    private byte[] Seal(List<Tllv> blocks)
    {
        using var rsa = _certificate.GetRSAPublicKey() ?? throw new SandboxException(SandboxFailure.Certificate, "The FairPlay certificate has no RSA key.");
        using var aes = Aes.Create();
        var (key, iv) = (RandomNumberGenerator.GetBytes(16), RandomNumberGenerator.GetBytes(16));
        aes.SetKey(key);

        // The order of the blocks means nothing, and real devices vary it.
        var shuffled = blocks.ToArray();
        RandomNumberGenerator.Shuffle<Tllv>(shuffled);
        var payload = aes.EncryptCbc(shuffled.SelectMany(block => block.Raw.ToArray()).ToArray(), iv, PaddingMode.None);
        return
        [
            .. Bytes(SecurityLevel == FairPlayLevel.Old ? 1u : 2u), .. Bytes(0u), .. iv,
            .. rsa.Encrypt(key, RSAEncryptionPadding.OaepSHA1),
            .. SHA1.HashData(_certificate.RawData),
            .. Bytes((uint)payload.Length), .. payload,
        ];
    }

    private (byte[] Body, string ContentType) Wrap(byte[] spc, string asset)
    {
        var text = Convert.ToBase64String(spc);
        return Form switch
        {
            FairPlayForm.UrlEncoded => (Encoding.ASCII.GetBytes($"spc={WebUtility.UrlEncode(text)}&assetId={WebUtility.UrlEncode(asset)}"), "application/x-www-form-urlencoded"),
            FairPlayForm.Json => (Encoding.UTF8.GetBytes(new JsonObject { ["spc"] = text }.ToJsonString()), "application/json"),
            FairPlayForm.StreamingKeys => (Encoding.UTF8.GetBytes(new JsonObject
            {
                ["fairplay-streaming-request"] = new JsonObject
                {
                    ["version"] = 1,
                    ["streaming-keys"] = new JsonArray(new JsonObject { ["id"] = 1, ["uri"] = $"skd://{asset}", ["spc"] = text }),
                },
            }.ToJsonString()), "application/json"),
            _ => (spc, "application/octet-stream"),
        };
    }

    private static byte[] Bytes(uint number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return bytes;
    }

    private static byte[] Bytes(ulong number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, number);
        return bytes;
    }
}
