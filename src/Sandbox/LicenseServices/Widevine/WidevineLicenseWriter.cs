using System.Security.Cryptography;
using DrmHub.Sandbox.Wire;
using Fields = DrmHub.Sandbox.Wire.WidevineFields;

namespace DrmHub.Sandbox.LicenseServices.Widevine;

/// <summary>Writes licences: for a new request with keys under a session key that only the device can open, later ones with rules alone.</summary>
internal sealed class WidevineLicenseWriter(TimeProvider time)
{
    private const int MacKeySize = 32;

    // Renewals are authenticated with keys that came in the licence. They follow from the session id, so nothing has to be remembered.
    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);

    public byte[] MacServer(ReadOnlySpan<byte> sessionId) => MacKeys(sessionId)[..MacKeySize];

    public byte[] MacClient(ReadOnlySpan<byte> sessionId) => MacKeys(sessionId)[MacKeySize..];

    /// <returns>The SignedMessage, and the LicenseIdentification in it.</returns>
    public (byte[] Message, byte[] LicenseId) WriteNew(
        WidevineRequest request, IReadOnlyList<WidevineKeySpec> specs, WidevinePolicyOverrides policy, WidevineSessionInit? init)
    {
        var sessionId = init?.SessionId ?? RandomNumberGenerator.GetBytes(16);
        var id = new ProtoBuilder()
            .Bytes(Fields.LicenseId.RequestId, request.RequestId)
            .Bytes(Fields.LicenseId.SessionId, sessionId)
            .Varint(Fields.LicenseId.Type, (ulong)request.LicenseType)
            .Varint(Fields.LicenseId.Version, 0UL)
            .Bytes(Fields.LicenseId.ProviderSessionToken, init?.ProviderSessionToken)
            .ToArray();
        var sessionKey = RandomNumberGenerator.GetBytes(16);
        var keys = WidevineSessionKeys.Derive(sessionKey, request.Message);
        var license = Start(id, policy).Message(Fields.License.Key, Encrypted(keys.Encryption, MacKeys(sessionId)).Varint(Fields.KeyContainer.Type, (ulong)Fields.KeyContainer.TypeSigning));
        foreach (var spec in specs) license.Message(Fields.License.Key, Key(keys.Encryption, spec, request.OfEntitlements));
        using var device = request.Client!.Certificate.OpenPublicKey();
        return (Signed(license.ToArray(), keys.MacServer, device.Encrypt(sessionKey, RSAEncryptionPadding.OaepSHA1)), id);
    }

    /// <summary>The same licence with its version counted on, new rules and no keys.</summary>
    public (byte[] Message, byte[] LicenseId) WriteAgain(byte[] existing, WidevinePolicyOverrides policy)
    {
        var before = ProtoMessage.Parse(existing, "LicenseIdentification");
        var sessionId = before.Need(Fields.LicenseId.SessionId, "the session id").ToArray();
        var id = new ProtoBuilder()
            .Bytes(Fields.LicenseId.RequestId, before.Bytes(Fields.LicenseId.RequestId)?.ToArray())
            .Bytes(Fields.LicenseId.SessionId, sessionId)
            .Varint(Fields.LicenseId.Type, before.Varint(Fields.LicenseId.Type))
            .Varint(Fields.LicenseId.Version, (before.Varint(Fields.LicenseId.Version) is < int.MaxValue and var version ? version : 0) + 1)
            .Bytes(Fields.LicenseId.ProviderSessionToken, before.Bytes(Fields.LicenseId.ProviderSessionToken)?.ToArray())
            .ToArray();
        return (Signed(Start(id, policy).ToArray(), MacServer(sessionId), null), id);
    }

    private static byte[] Signed(byte[] license, byte[] macServer, byte[]? sessionKey) => new ProtoBuilder()
        .Varint(Fields.SignedMessage.Type, (ulong)Fields.SignedMessage.TypeLicense)
        .Bytes(Fields.SignedMessage.Msg, license)
        .Bytes(Fields.SignedMessage.Signature, WidevineSessionKeys.Sign(macServer, license))
        .Bytes(Fields.SignedMessage.SessionKey, sessionKey)
        .ToArray();

    private ProtoBuilder Start(byte[] id, WidevinePolicyOverrides policy) => new ProtoBuilder()
        .Bytes(Fields.License.Id, id)
        .Message(Fields.License.Policy, new ProtoBuilder()
            .Flag(Fields.Policy.CanPlay, policy.CanPlay)
            .Flag(Fields.Policy.CanPersist, policy.CanPersist)
            .Flag(Fields.Policy.CanRenew, policy.CanRenew)
            .Varint(Fields.Policy.RentalSeconds, policy.RentalDurationSeconds)
            .Varint(Fields.Policy.PlaybackSeconds, policy.PlaybackDurationSeconds)
            .Varint(Fields.Policy.LicenseSeconds, policy.LicenseDurationSeconds)
            .Varint(Fields.Policy.RenewalRecoverySeconds, policy.RenewalRecoveryDurationSeconds)
            .Text(Fields.Policy.RenewalServerUrl, policy.RenewalServerUrl)
            .Varint(Fields.Policy.RenewalDelaySeconds, policy.RenewalDelaySeconds)
            .Varint(Fields.Policy.RenewalRetrySeconds, policy.RenewalRetryIntervalSeconds)
            .Flag(Fields.Policy.RenewWithUsage, policy.RenewWithUsage)
            .Flag(Fields.Policy.AlwaysIncludeClientId, policy.AlwaysIncludeClientId))
        .Varint(Fields.License.StartTime, time.GetUtcNow().ToUnixTimeSeconds());

    private static ProtoBuilder Key(byte[] encryption, WidevineKeySpec spec, bool ofEntitlements)
    {
        var container = new ProtoBuilder().Bytes(Fields.KeyContainer.Id, spec.KeyId);
        var (iv, key) = Encrypt(encryption, spec.Key!);
        container.Bytes(Fields.KeyContainer.Iv, iv).Bytes(Fields.KeyContainer.Key, key)
            .Varint(Fields.KeyContainer.Type, (ulong)(ofEntitlements ? Fields.KeyContainer.TypeEntitlement : Fields.KeyContainer.TypeContent))
            .Varint(Fields.KeyContainer.Level, (ulong)spec.SecurityLevel);
        if (spec.RequiredOutputProtection?.Hdcp is { } hdcp)
            container.Message(Fields.KeyContainer.RequiredProtection, new ProtoBuilder().Varint(Fields.KeyContainer.ProtectionHdcp, (ulong)WidevineRules.Hdcp(hdcp)!.Value));
        return container.Text(Fields.KeyContainer.TrackLabel, spec.TrackType);
    }

    private static ProtoBuilder Encrypted(byte[] encryption, byte[] clear)
    {
        var (iv, key) = Encrypt(encryption, clear);
        return new ProtoBuilder().Bytes(Fields.KeyContainer.Iv, iv).Bytes(Fields.KeyContainer.Key, key);
    }

    private static (byte[] Iv, byte[] Key) Encrypt(byte[] encryption, byte[] clear)
    {
        using var aes = Aes.Create();
        aes.SetKey(encryption);
        var iv = RandomNumberGenerator.GetBytes(16);
        return (iv, aes.EncryptCbc(clear, iv));
    }

    private byte[] MacKeys(ReadOnlySpan<byte> sessionId) => HMACSHA512.HashData(_secret, sessionId);
}
