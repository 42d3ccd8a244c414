namespace DrmHub.KeyService.Packagers;

/// <summary>What an AWS4-HMAC-SHA256 Authorization header says, in the one form that signers write.</summary>
internal sealed record AwsAuthorization(string AccessKeyId, string Date, string Region, string Service, IReadOnlyList<string> SignedHeaders, string Signature)
{
    public const string Scheme = "aws4-hmac-sha256";

    private const string Terminator = "aws4_request";
    private const int MaxLength = 4096;
    private const int MaxPart = 128;
    private const int MaxSignedHeaders = 64;

    public string Scope => $"{Date}/{Region}/{Service}/{Terminator}";

    public string SignedHeaderNames => string.Join(';', SignedHeaders);

    /// <param name="value">The header after its scheme.</param>
    /// <param name="authorization">Null where the result is false.</param>
    public static bool TryParse(string value, out AwsAuthorization? authorization)
    {
        authorization = null;
        if (value.Length > MaxLength) return false;
        string? credential = null, headers = null, signature = null;
        foreach (var parameter in value.Split(',', StringSplitOptions.TrimEntries))
        {
            var equals = parameter.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0) return false;
            ref var slot = ref credential;
            switch (parameter[..equals])
            {
                case "Credential": break;
                case "SignedHeaders": slot = ref headers; break;
                case "Signature": slot = ref signature; break;
                default: return false;
            }

            if (slot is not null) return false;
            slot = parameter[(equals + 1)..];
        }

        if (credential is null || headers is null || signature is null) return false;
        if (credential.Split('/') is not [var id, var date, var region, var service, Terminator]) return false;
        if (!IsPart(id) || !IsPart(region) || !IsPart(service) || date.Length != 8 || !date.All(char.IsAsciiDigit)) return false;
        if (signature.Length != 64 || !signature.All(char.IsAsciiHexDigitLower)) return false;
        var names = headers.Split(';');
        if (names.Length > MaxSignedHeaders || !names.All(IsHeaderName)) return false;

        // Sorted and each once: otherwise there are two readings of what was signed.
        for (var i = 1; i < names.Length; i++)
            if (string.CompareOrdinal(names[i - 1], names[i]) >= 0) return false;
        authorization = new AwsAuthorization(id, date, region, service, names, signature);
        return true;
    }

    private static bool IsPart(string text) => text.Length is > 0 and <= MaxPart && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static bool IsHeaderName(string text) => text.Length is > 0 and <= MaxPart && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_');
}
