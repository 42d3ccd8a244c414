using System.Security.Cryptography;
using DrmHub.Cenc;
using DrmHub.Sandbox.Wire;
using Fields = DrmHub.Sandbox.Wire.WidevineFields;

namespace DrmHub.Sandbox.Devices.Widevine;

/// <summary>What a Widevine device keeps of a licence.</summary>
internal sealed record WidevineLicenseState(byte[] LicenseId, byte[] MacServer, byte[] MacClient, bool AlwaysIncludeClientId, IReadOnlyList<OpenedKey> Keys, IReadOnlyList<WidevineEntitlement> Entitlements);

/// <summary>A Widevine licence request that waits for its answer.</summary>
internal sealed class WidevineChallenge : DeviceChallenge
{
    private const int MacKeySize = 32;

    public required WidevineDevice Device { get; init; }

    public required byte[] Request { get; init; }

    public required WidevineLicenseState? Existing { get; init; }

    public required LicenseWish Wish { get; init; }

    /// <summary>The Widevine psshs of the media; empty where the application named keys itself.</summary>
    public required IReadOnlyList<WidevinePssh> Media { get; init; }

    public override OpenedLicense Open(ReadOnlyMemory<byte> answer)
    {
        var message = ProtoMessage.Parse(answer, "SignedMessage");
        if (message.Int(Fields.SignedMessage.Type) != Fields.SignedMessage.TypeLicense) throw SandboxException.Format("The answer is no licence.");
        var license = message.Need(Fields.SignedMessage.Msg, "the licence");
        var signature = message.Need(Fields.SignedMessage.Signature, "the signature");
        return Existing is null ? OpenNew(message, license, signature) : OpenAgain(Existing, license, signature);
    }

    private OpenedLicense OpenNew(ProtoMessage message, ReadOnlyMemory<byte> license, ReadOnlyMemory<byte> signature)
    {
        var sessionKeys = WidevineSessionKeys.Derive(SessionKey(message.Need(Fields.SignedMessage.SessionKey, "the session key")), Request);
        CheckSignature(sessionKeys.MacServer, license, signature);
        var content = ProtoMessage.Parse(license, "License");
        var policy = ReadPolicy(content);
        if (Wish.Offline && !policy.Rules.Persistent) throw new SandboxException(SandboxFailure.Policy, "The device asked for an offline licence and got one that may not be kept.");
        var (keys, entitlements, macServer, macClient) = ReadKeys(content, sessionKeys);
        if (entitlements.Count > 0) keys.AddRange(WidevineEntitlement.Open(entitlements, Media));
        return Opened(content, policy, new WidevineLicenseState(content.Need(Fields.License.Id, "the licence id").ToArray(), macServer, macClient, policy.AlwaysIncludeClientId, keys, entitlements));
    }

    /// <summary>The answer to a renewal or a release carries rules, no keys; it is authenticated with the licence's own key.</summary>
    private OpenedLicense OpenAgain(WidevineLicenseState state, ReadOnlyMemory<byte> license, ReadOnlyMemory<byte> signature)
    {
        CheckSignature(state.MacServer, license, signature);
        var content = ProtoMessage.Parse(license, "License");
        var id = content.Need(Fields.License.Id, "the licence id");
        var (before, after) = (ProtoMessage.Parse(state.LicenseId, "LicenseIdentification"), ProtoMessage.Parse(id, "LicenseIdentification"));
        if (!after.Need(Fields.LicenseId.SessionId, "the session").Span.SequenceEqual(before.Need(Fields.LicenseId.SessionId, "the session").Span))
            throw new SandboxException(SandboxFailure.Policy, "The answer is about another licence.");
        if ((after.Int(Fields.LicenseId.Version) ?? 0) <= (before.Int(Fields.LicenseId.Version) ?? 0))
            throw new SandboxException(SandboxFailure.Policy, "The answer does not count the version of the licence on.");
        var policy = ReadPolicy(content);
        state = state with { LicenseId = id.ToArray(), AlwaysIncludeClientId = policy.AlwaysIncludeClientId };
        return Opened(content, policy, Wish.Kind == LicenseKind.Release ? state with { Keys = [], Entitlements = [] } : state);
    }

    private static OpenedLicense Opened(ProtoMessage content, (LicenseRules Rules, bool AlwaysIncludeClientId) policy, WidevineLicenseState state)
    {
        var started = content.Varint(Fields.License.StartTime) ?? throw SandboxException.Format("The licence has no start time.");
        if (started > uint.MaxValue) throw SandboxException.Format("The licence's start time is out of range.");
        return new OpenedLicense { System = DrmSystem.Widevine, Keys = state.Keys, Rules = policy.Rules, StartedMs = (long)started * 1000, State = state };
    }

    private byte[] SessionKey(ReadOnlyMemory<byte> encrypted)
    {
        try
        {
            var key = Device.Key.Decrypt(encrypted.Span, RSAEncryptionPadding.OaepSHA1);
            return key.Length == 16 ? key : throw SandboxException.Format("The session key has not 16 bytes.");
        }
        catch (CryptographicException)
        {
            throw new SandboxException(SandboxFailure.Signature, "The session key is not encrypted for this device.");
        }
    }

    private static void CheckSignature(byte[] macKey, ReadOnlyMemory<byte> license, ReadOnlyMemory<byte> signature)
    {
        if (!CryptographicOperations.FixedTimeEquals(WidevineSessionKeys.Sign(macKey, license.Span), signature.Span))
            throw new SandboxException(SandboxFailure.Signature, "The licence's signature does not fit.");
    }

    private static (LicenseRules Rules, bool AlwaysIncludeClientId) ReadPolicy(ProtoMessage license)
    {
        var policy = license.Message(Fields.License.Policy, "Policy") ?? throw SandboxException.Format("The licence has no policy.");
        long? Seconds(int field) => policy.Varint(field) is > 0 and <= long.MaxValue and var seconds ? (long)seconds : null; // 0 is unlimited
        var rules = new LicenseRules
        {
            CanPlay = policy.Varint(Fields.Policy.CanPlay) is 1,
            Persistent = policy.Varint(Fields.Policy.CanPersist) is 1,
            Renewable = policy.Varint(Fields.Policy.CanRenew) is 1,
            LicenseSeconds = Seconds(Fields.Policy.LicenseSeconds),
            RentalSeconds = Seconds(Fields.Policy.RentalSeconds),
            PlaybackSeconds = Seconds(Fields.Policy.PlaybackSeconds),
            RenewAfterSeconds = Seconds(Fields.Policy.RenewalDelaySeconds),
            RenewalUrl = policy.Text(Fields.Policy.RenewalServerUrl),
        };
        return (rules, policy.Varint(Fields.Policy.AlwaysIncludeClientId) is 1);
    }

    private (List<OpenedKey> Keys, List<WidevineEntitlement> Entitlements, byte[] MacServer, byte[] MacClient) ReadKeys(ProtoMessage license, WidevineSessionKeys sessionKeys)
    {
        var keys = new List<OpenedKey>();
        var entitlements = new List<WidevineEntitlement>();
        byte[]? signing = null;
        foreach (var bytes in license.All(Fields.License.Key))
        {
            var container = ProtoMessage.Parse(bytes, "KeyContainer");
            var clear = Decrypt(sessionKeys.Encryption, container);
            switch (container.Int(Fields.KeyContainer.Type))
            {
                case Fields.KeyContainer.TypeSigning: signing = clear; break;
                case Fields.KeyContainer.TypeContent: keys.Add(ReadKey(container, clear)); break;
                case Fields.KeyContainer.TypeEntitlement: entitlements.Add(ReadEntitlement(container, clear)); break;
                default: throw SandboxException.Format("A key in the licence is of an unknown type.");
            }
        }

        if (signing is null) return (keys, entitlements, sessionKeys.MacServer, sessionKeys.MacClient);
        return signing.Length == 2 * MacKeySize ? (keys, entitlements, signing[..MacKeySize], signing[MacKeySize..]) : throw SandboxException.Format("The signing key has not 64 bytes.");
    }

    private OpenedKey ReadKey(ProtoMessage container, byte[] clear)
    {
        var id = container.Need(Fields.KeyContainer.Id, "the key id");
        if (id.Length != KeyId.Size || clear.Length != ContentKey.Size) throw SandboxException.Format("A key id or a content key has not 16 bytes.");
        var (needed, met, hdcp) = ReadRules(container);
        var key = new ContentKey(clear);
        CryptographicOperations.ZeroMemory(clear);
        return new OpenedKey(new KeyId(id.Span), key, needed, met, hdcp);
    }

    private WidevineEntitlement ReadEntitlement(ProtoMessage container, byte[] clear)
    {
        var id = container.Need(Fields.KeyContainer.Id, "the key id");
        if (id.Length != KeyId.Size || clear.Length != WidevineEntitlement.KeySize) throw SandboxException.Format("A key id has not 16 bytes, or an entitlement key not 32.");
        var (needed, met, hdcp) = ReadRules(container);
        return new WidevineEntitlement(new KeyId(id.Span), clear, needed, met, hdcp);
    }

    private (string Level, bool Met, HdcpVersion Hdcp) ReadRules(ProtoMessage container)
    {
        var level = container.Int(Fields.KeyContainer.Level) ?? 1;
        var needed = level switch { 1 or 2 => WidevineLevel.L3, 3 => WidevineLevel.L2, 4 or 5 => WidevineLevel.L1, _ => throw SandboxException.Format("A key's level is out of range.") };
        var hdcp = container.Message(Fields.KeyContainer.RequiredProtection, "OutputProtection")?.Int(Fields.KeyContainer.ProtectionHdcp) ?? 0;
        if (!Enum.IsDefined((HdcpVersion)hdcp)) throw SandboxException.Format("A key's output protection is out of range.");
        return (needed.ToString(), Device.SecurityLevel <= needed, (HdcpVersion)hdcp);
    }

    private static byte[] Decrypt(byte[] key, ProtoMessage container)
    {
        try
        {
            using var aes = Aes.Create();
            aes.SetKey(key);
            return aes.DecryptCbc(container.Need(Fields.KeyContainer.Key, "the key").Span, container.Need(Fields.KeyContainer.Iv, "the key's IV").Span);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw SandboxException.Format("A key in the licence cannot be decrypted.");
        }
    }
}
