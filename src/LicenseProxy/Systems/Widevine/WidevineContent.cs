using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Systems.Widevine;

/// <summary>
/// ContentIdentification, what a licence request is about: 1 widevine_pssh_data {1 pssh_data, repeated; 2 license_type; 3 request_id}, 2 webm_key_id {1
/// header; 2; 3}, 3 existing_license {1 license_id {1 request_id; 6 provider_session_token}}, 4 init_data {1 type; 2 init_data; 3 license_type; 4
/// request_id}. Exactly one of the four.
/// </summary>
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
        while (fields.Next())
        {
            if (fields.IsRepeated(1, ProtobufWireType.LengthDelimited)) challenge = Add(Data(fields.Bytes), challenge);
            else if (fields.Is(2, ProtobufWireType.Varint)) challenge = challenge with { Use = UseOf(fields.Number) };
            else if (fields.Is(3, ProtobufWireType.LengthDelimited)) challenge = challenge with { RequestId = WidevineChallenge.RequestIdOf(fields.Bytes) };
        }

        return challenge;
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
            foreach (var box in PsshBox.ParseAll(data))
            {
                if (box.SystemId == DrmSystemIds.Widevine) challenge = Add(Data(box.Data.Span), challenge);
                else if (box.SystemId == DrmSystemIds.Common) challenge = Add(new WidevinePsshData { KeyIds = box.KeyIds }, challenge);
            }

            return challenge;
        }
        catch (CencFormatException exception)
        {
            throw WidevineFields.Malformed($"The init data is no pssh box: {exception.Message}.");
        }
    }

    private static WidevineChallenge AddHeader(ReadOnlySpan<byte> header, WidevineChallenge challenge) =>
        header.Length == KeyId.Size ? Add(new WidevinePsshData { KeyIds = [new KeyId(header)] }, challenge) : Add(Data(header), challenge);

    private static WidevinePsshData Data(ReadOnlySpan<byte> bytes) =>
        WidevinePsshData.TryParse(bytes, out var data) ? data : throw WidevineFields.Malformed("The pssh data in the licence request cannot be read.");

    private static WidevineChallenge Add(WidevinePsshData data, WidevineChallenge challenge)
    {
        var keyIds = challenge.KeyIds.Concat(data.KeyIds).Distinct().ToArray();
        if (keyIds.Length > WidevineChallenge.MaxKeyIds) throw WidevineFields.Malformed($"The licence request has more than {WidevineChallenge.MaxKeyIds} key ids.");
        var contentId = data.ContentId.IsEmpty ? null : WidevineContentId.ToText(data.ContentId.Span);
        if (contentId is not null && challenge.ContentId is { } other && other != contentId) throw WidevineFields.Malformed("The licence request has two content ids.");
        return challenge with { KeyIds = keyIds, ContentId = challenge.ContentId ?? contentId };
    }

    private static ContentUse UseOf(ulong licenseType) => licenseType == Offline ? ContentUse.Download : ContentUse.Stream;
}
