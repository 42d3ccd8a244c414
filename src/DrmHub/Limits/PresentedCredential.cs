using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using DrmHub.Host.Pages.SignIn;

namespace DrmHub.Host.Limits;

/// <summary>
/// Stands for the credential of a request without holding it: a hash. Secrets that are sent as they are stand for themselves, wherever they come from;
/// signatures differ in each request, so that what stands for them is the address and the way that was used.
/// </summary>
internal static class PresentedCredential
{
    private static readonly string[] s_headers = ["Authorization", "X-API-Key", "API-KEY"];

    /// <returns>Null where the request presents none: it may be a question for the way to do it (a first request without Digest), or for what is public.</returns>
    public static UInt128? Of(HttpRequest request, string network)
    {
        foreach (var name in s_headers)
        {
            if (request.Headers[name].ToString() is not { Length: > 0 } value) continue;
            return name != "Authorization" || IsSecretItself(value) ? Hash(name, value) : Hash(network, value.Split(' ', 2)[0]);
        }

        if (request.Path.StartsWithSegments("/podcasts") && request.Query["token"].ToString() is { Length: > 0 } token) return Hash("token", token);

        // The signature is in the body; the address names the signer.
        return request.Path.StartsWithSegments("/cenc") || request.Path == SignInApi.LinkPath ? Hash(network, request.Path) : null;
    }

    private static bool IsSecretItself(string authorization) =>
        authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) || authorization.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase);

    private static UInt128 Hash(string kind, string value) => BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(kind + "\n" + value)));
}
