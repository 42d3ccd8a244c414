using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NSec.Cryptography;

namespace DrmHub.LicenseProxy.Entitlements;

/// <summary>
/// Signs a request to the operator's service. What is signed, in UTF-8 with a line feed after each but the last:
/// <c>DRMHUB-CALLBACK-1</c>, <c>POST</c>, path and query as sent, the time in seconds since 1970, SHA-256 of the body in lower-case hex.
/// Sent as <c>X-DrmHub-Timestamp</c>, <c>X-DrmHub-Key</c> (the key's name) and <c>X-DrmHub-Signature</c>: <c>hmac-sha256=</c> or <c>ed25519=</c> and
/// lower-case hex.
/// </summary>
internal sealed class CallbackSigner : IDisposable
{
    private readonly byte[]? _secret;
    private readonly Key? _key;
    private readonly string _name;

    public CallbackSigner(CallbackOptions options)
    {
        _secret = options.Secret;
        _name = options.KeyName;
        if (options.SigningSeed is { } seed) _key = Key.Import(SignatureAlgorithm.Ed25519, seed, KeyBlobFormat.RawPrivateKey);
    }

    public void Sign(HttpRequestMessage request, ReadOnlySpan<byte> body, long seconds)
    {
        var time = seconds.ToString(CultureInfo.InvariantCulture);
        var text = Encoding.UTF8.GetBytes($"DRMHUB-CALLBACK-1\nPOST\n{request.RequestUri!.PathAndQuery}\n{time}\n{Convert.ToHexStringLower(SHA256.HashData(body))}");
        var signature = _key is null ? "hmac-sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(_secret!, text)) : "ed25519=" + Convert.ToHexStringLower(SignatureAlgorithm.Ed25519.Sign(_key, text));
        request.Headers.Add("X-DrmHub-Timestamp", time);
        request.Headers.Add("X-DrmHub-Key", _name);
        request.Headers.Add("X-DrmHub-Signature", signature);
    }

    public void Dispose() => _key?.Dispose();
}
