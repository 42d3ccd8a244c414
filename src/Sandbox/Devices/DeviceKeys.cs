using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace DrmHub.Sandbox.Devices;

/// <summary>The RSA keys of simulated devices: made once per device and process, because making one takes longer than all the rest.</summary>
internal static class DeviceKeys
{
    private const int MaxKept = 256;

    private static readonly ConcurrentDictionary<string, RSAParameters> Kept = new(StringComparer.Ordinal);

    /// <returns>A 2048-bit key that the caller owns.</returns>
    public static RSA Rsa(string device)
    {
        if (Kept.TryGetValue(device, out var parameters)) return RSA.Create(parameters);
        var key = RSA.Create(2048);
        if (Kept.Count >= MaxKept) return key;
        var kept = Kept.GetOrAdd(device, key.ExportParameters(includePrivateParameters: true));
        key.ImportParameters(kept);
        return key;
    }
}
