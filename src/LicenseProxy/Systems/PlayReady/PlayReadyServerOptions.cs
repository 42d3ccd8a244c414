using DrmHub.LicenseProxy.Upstreams;

namespace DrmHub.LicenseProxy.Systems.PlayReady;

/// <summary>An own PlayReady server: the key that it shares with the hub for <see cref="PlayReadyPolicyHeader"/>, and that key's name.</summary>
/// <param name="PolicyKey">64 bytes: 32 for the signature (HMAC), 32 for the encryption (AES-256).</param>
internal sealed record PlayReadyServerOptions(byte[] PolicyKey, string PolicyKeyId)
{
    public static PlayReadyServerOptions Read(UpstreamSection section) => new(section.HexSecret("PolicyKey", PlayReadyPolicyHeader.KeySize), section.Text("PolicyKeyId") ?? "1");
}
