using System.Security.Cryptography;
using System.Text;

namespace DrmHub.KeyService.Tests.Packagers;

/// <summary>
/// A signer of AWS Signature Version 4 written from its description, apart from the verifier: for paths and queries that need no
/// normalising, or whose canonical form the test gives.
/// </summary>
internal sealed record AwsSigner(string AccessKeyId, string Secret)
{
    public string Region { get; init; } = "us-east-1";

    public string Service { get; init; } = "execute-api";

    public DateTimeOffset At { get; init; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public string Timestamp => At.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'");

    public string Sign(string method, string canonicalPath, string canonicalQuery, byte[] body, params (string Name, string Value)[] headers)
    {
        var sorted = headers.OrderBy(header => header.Name, StringComparer.Ordinal).ToList();
        var names = string.Join(';', sorted.Select(header => header.Name));
        var lines = string.Concat(sorted.Select(header => $"{header.Name}:{header.Value}\n"));
        var canonical = $"{method}\n{canonicalPath}\n{canonicalQuery}\n{lines}\n{names}\n{Hex(SHA256.HashData(body))}";
        var date = Timestamp[..8];
        var scope = $"{date}/{Region}/{Service}/aws4_request";
        var toSign = $"AWS4-HMAC-SHA256\n{Timestamp}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = Mac(Mac(Mac(Mac(Encoding.UTF8.GetBytes("AWS4" + Secret), date), Region), Service), "aws4_request");
        return $"AWS4-HMAC-SHA256 Credential={AccessKeyId}/{scope}, SignedHeaders={names}, Signature={Hex(Mac(key, toSign))}";
    }

    private static byte[] Mac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
