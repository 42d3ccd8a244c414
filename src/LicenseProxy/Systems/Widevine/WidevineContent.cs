using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Systems.Widevine;

/// <summary>
/// ContentIdentification, what a licence request is about: 1 widevine_pssh_data {1 pssh_data, repeated; 2 license_type; 3 request_id}, 2 webm_key_id {1
/// header; 2; 3}, 3 existing_license {1 license_id {1 request_id; 6 provider_session_token}}, 4 init_data {1 type; 2 init_data; 3 license_type; 4
/// request_id}. Exactly one of the four.
/// </summary>
/// <remarks>
/// A device chooses one Widevine pssh of the media and names that. Where a challenge has psshs of both kinds, nobody can tell which the device would use: content
/// keys are what every device understands.
/// </remarks>
internal static class WidevineContent
{
    private const ulong Offline = 2;

    public static WidevineChallenge Parse(ReadOnlySpan<byte> bytes, WidevineChallenge challenge)
    {
        var fields = new WidevineFields(bytes, "ContentIdentification");
        var found = 0;
        while (fields.Next())
        {
            if (fields.Is(1, ProtobufWireType.LengthDelimited)) challenge = ParsePssh(fields.Bytes, challenge);
            else if (fields.Is(2, ProtobufWireType.LengthDelimited)) challenge = ParseWebm(fields.Bytes, challenge);
            else if (fields.Is(3, ProtobufWireType.LengthDelimited)) challenge = ParseExisting(fields.Bytes, challenge);
            else if (fields.Is(4, ProtobufWireType.LengthDelimited)) challenge = ParseInitData(fields.Bytes, challenge);
            else continue;
            found++;
        }

        return found == 1 ? challenge : throw WidevineFields.Malformed("The licence request names its content in none of the known ways, or in several.");
    }

    private static WidevineChallenge ParsePssh(ReadOnlySpan<byte> bytes, WidevineChallenge challenge)
    {
        var fields = new WidevineFields(bytes, "widevine_pssh_data");
        var psshs = new List<WidevinePsshData>(1);
        while (fields.Next())
        {
            if (fields.IsRepeated(1, ProtobufWireType.LengthDelimited)) psshs.Add(Data(fields.Bytes));
            else if (fields.Is(2, ProtobufWireType.Varint)) challenge = challenge with { Use = UseOf(fields.Number) };
            else if (fields.Is(3, ProtobufWireType.LengthDelimited)) challenge = challenge with { RequestId = WidevineChallenge.RequestIdOf(fields.Bytes) };
        }

        return Name(psshs, [], challenge);
    }

    /// <summary>A WebM header is the key id itself.</summary>
    private static WidevineChallenge ParseWebm(ReadOnlySpan<byte> bytes, WidevineChallenge challenge)
    {
        var fields = new WidevineFields(bytes, "webm_key_id");
        while (fields.Next())
        {
            if (fields.Is(1, ProtobufWireType.LengthDelimited)) challenge = AddHeader(fields.Bytes, challenge);
            else if (fields.Is(2, ProtobufWireType.Varint)) challenge = challenge with { Use = UseOf(fields.Number) };
            else if (fields.Is(3, ProtobufWireType.LengthDelimited)) challenge = challenge with { RequestId = WidevineChallenge.RequestIdOf(fields.Bytes) };
        }

        return challenge;
    }

    private static WidevineChallenge ParseExisting(ReadOnlySpan<byte> bytes, WidevineChallenge challenge)
    {
        var fields = new WidevineFields(bytes, "existing_license");
        while (fields.Next())
        {
            if (!fields.Is(1, ProtobufWireType.LengthDelimited)) continue;
            var license = new WidevineFields(fields.Bytes, "license_id");
            while (license.Next())
            {
                if (license.Is(1, ProtobufWireType.LengthDelimited)) challenge = challenge with { RequestId = WidevineChallenge.RequestIdOf(license.Bytes) };
                else if (license.Is(6, ProtobufWireType.LengthDelimited)) challenge = challenge with { SessionToken = license.Bytes.ToArray() };
            }
        }

        return challenge;
    }

    private static WidevineChallenge ParseInitData(ReadOnlySpan<byte> bytes, WidevineChallenge challenge)
    {
        var fields = new WidevineFields(bytes, "init_data");
        ulong type = 1;
        ReadOnlySpan<byte> data = default;
        while (fields.Next())
        {
            if (fields.Is(1, ProtobufWireType.Varint)) type = fields.Number;
            else if (fields.Is(2, ProtobufWireType.LengthDelimited)) data = fields.Bytes;
            else if (fields.Is(3, ProtobufWireType.Varint)) challenge = challenge with { Use = UseOf(fields.Number) };
            else if (fields.Is(4, ProtobufWireType.LengthDelimited)) challenge = challenge with { RequestId = WidevineChallenge.RequestIdOf(fields.Bytes) };
        }

        return type switch
        {
            1 => AddBoxes(data, challenge),
            2 => AddHeader(data, challenge),
            _ => throw new ChallengeException(ReasonCodes.ChallengeUnsupported, "The init data is neither CENC nor WebM."),
        };
    }

    private static WidevineChallenge AddBoxes(ReadOnlySpan<byte> data, WidevineChallenge challenge)
    {
        try
        {
            var psshs = new List<WidevinePsshData>(2);
            var common = new List<KeyId>();
            foreach (var box in PsshBox.ParseAll(data))
            {
                if (box.SystemId == DrmSystemIds.Widevine) psshs.Add(Data(box.Data.Span));
                else if (box.SystemId == DrmSystemIds.Common) common.AddRange(box.KeyIds);
            }

            return Name(psshs, common, challenge);
        }
        catch (CencFormatException exception)
        {
            throw WidevineFields.Malformed($"The init data is no pssh box: {exception.Message}.");
        }
    }

    private static WidevineChallenge AddHeader(ReadOnlySpan<byte> header, WidevineChallenge challenge) =>
        header.Length == KeyId.Size ? Name([], [new KeyId(header)], challenge) : Name([Data(header)], [], challenge);

    private static WidevinePsshData Data(ReadOnlySpan<byte> bytes) =>
        WidevinePsshData.TryParse(bytes, out var data) ? data : throw WidevineFields.Malformed("The pssh data in the licence request cannot be read.");

    /// <param name="psshs">Widevine's own.</param>
    /// <param name="others">Content keys that are named beside them.</param>
    /// <param name="challenge">To be told what it asks for.</param>
    private static WidevineChallenge Name(List<WidevinePsshData> psshs, List<KeyId> others, WidevineChallenge challenge)
    {
        var ofEntitlements = psshs.Count > 0 && psshs.TrueForAll(pssh => pssh.IsOfEntitlements);
        var named = ofEntitlements ? psshs.SelectMany(EntitlementsOf) : psshs.Where(pssh => !pssh.IsOfEntitlements).SelectMany(pssh => pssh.KeyIds).Concat(others);
        var keyIds = named.Distinct().ToArray();
        if (keyIds.Length > WidevineChallenge.MaxKeyIds) throw WidevineFields.Malformed($"The licence request has more than {WidevineChallenge.MaxKeyIds} key ids.");
        string? contentId = null;
        foreach (var pssh in psshs.Where(pssh => !pssh.ContentId.IsEmpty))
        {
            var text = WidevineContentId.ToText(pssh.ContentId.Span);
            if (contentId is not null && contentId != text) throw WidevineFields.Malformed("The licence request has two content ids.");
            contentId = text;
        }

        return challenge with { KeyIds = keyIds, ContentId = contentId, OfEntitlements = ofEntitlements };
    }

    /// <summary>A pssh of type ENTITLEMENT lists entitlement keys, one of type ENTITLED_KEY those that it carries keys under.</summary>
    private static IEnumerable<KeyId> EntitlementsOf(WidevinePsshData pssh) =>
        pssh.Type == WidevinePsshType.Entitlement ? pssh.KeyIds : pssh.EntitledKeys.Select(key => key.EntitlementKeyId);

    private static ContentUse UseOf(ulong licenseType) => licenseType == Offline ? ContentUse.Download : ContentUse.Stream;
}
