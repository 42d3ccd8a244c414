using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace DrmHub.KeyService.Packagers;

/// <summary>
/// AWS Signature Version 4 as every service but S3 computes it: the path normalised and encoded as it was sent, the query decoded,
/// encoded again and sorted, the body hashed.
/// </summary>
internal static class AwsSignature
{
    private const string Hex = "0123456789ABCDEF";

    /// <returns>The canonical request; null where a signed header is not there.</returns>
    /// <param name="method">As sent.</param>
    /// <param name="target">The raw request target: a path that begins with a slash, and a query.</param>
    /// <param name="header">The values of a header, in the order received.</param>
    /// <param name="signedHeaders">Lower case, sorted.</param>
    /// <param name="bodyHash">SHA-256 of the body, in lower-case hex.</param>
    public static string? Canonical(string method, string target, Func<string, StringValues> header, IReadOnlyList<string> signedHeaders, string bodyHash)
    {
        var mark = target.IndexOf('?', StringComparison.Ordinal);
        var text = new StringBuilder(method).Append('\n')
            .Append(Path(mark < 0 ? target : target[..mark])).Append('\n')
            .Append(Query(mark < 0 ? "" : target[(mark + 1)..])).Append('\n');
        foreach (var name in signedHeaders)
        {
            var values = header(name);
            if (values.Count == 0) return null;
            text.Append(name).Append(':').AppendJoin(',', values.Select(Trim)).Append('\n');
        }

        return text.Append('\n').AppendJoin(';', signedHeaders).Append('\n').Append(bodyHash).ToString();
    }

    /// <returns>64 hex digits in lower case, as ASCII.</returns>
    public static byte[] Sign(ReadOnlySpan<byte> secret, AwsAuthorization authorization, string timestamp, string canonical)
    {
        byte[] key = [.. "AWS4"u8, .. secret];
        foreach (var part in (string[])[authorization.Date, authorization.Region, authorization.Service, "aws4_request"])
        {
            var next = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
            CryptographicOperations.ZeroMemory(key);
            key = next;
        }

        var toSign = $"AWS4-HMAC-SHA256\n{timestamp}\n{authorization.Scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var signature = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign));
        CryptographicOperations.ZeroMemory(key);
        return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(signature));
    }

    private static string Path(string path)
    {
        var segments = new List<string>();
        foreach (var segment in path.Split('/'))
        {
            if (segment is "" or ".") continue;
            if (segment != "..") segments.Add(segment);
            else if (segments.Count > 0) segments.RemoveAt(segments.Count - 1);
        }

        if (segments.Count == 0) return "/";
        var text = new StringBuilder();
        foreach (var segment in segments)
        {
            text.Append('/');
            foreach (var octet in Encoding.UTF8.GetBytes(segment)) Append(text, octet);
        }

        return path.EndsWith('/') || path.EndsWith("/.", StringComparison.Ordinal) || path.EndsWith("/..", StringComparison.Ordinal) ? text.Append('/').ToString() : text.ToString();
    }

    private static string Query(string query)
    {
        var pairs = new List<(string Name, string Value)>();
        foreach (var part in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            pairs.Add(equals < 0 ? (Recode(part), "") : (Recode(part[..equals]), Recode(part[(equals + 1)..])));
        }

        pairs.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name) is not 0 and var order ? order : string.CompareOrdinal(a.Value, b.Value));
        return string.Join('&', pairs.Select(static pair => $"{pair.Name}={pair.Value}"));
    }

    /// <summary>Byte by byte, so that what is no UTF-8 keeps its bytes; a percent sign without two hex digits stands for itself.</summary>
    private static string Recode(string part)
    {
        var bytes = Encoding.UTF8.GetBytes(part);
        var text = new StringBuilder(part.Length);
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == '%' && i + 2 < bytes.Length && char.IsAsciiHexDigit((char)bytes[i + 1]) && char.IsAsciiHexDigit((char)bytes[i + 2]))
            {
                Append(text, Convert.ToByte(Encoding.ASCII.GetString(bytes, i + 1, 2), 16));
                i += 2;
            }
            else
            {
                Append(text, bytes[i]);
            }
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, byte octet)
    {
        var c = (char)octet;
        if (char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '~') text.Append(c);
        else text.Append('%').Append(Hex[octet >> 4]).Append(Hex[octet & 15]);
    }

    private static string Trim(string? value)
    {
        var text = new StringBuilder(value?.Length ?? 0);
        foreach (var c in (value ?? "").AsSpan().Trim())
            if (c != ' ' || text[^1] != ' ') text.Append(c);
        return text.ToString();
    }
}
