using System.Security.Cryptography;

namespace DrmHub.Sandbox.Devices.FairPlay;

/// <summary>
/// A stand-in for Apple's D-Function, which is secret: simulated devices use it, and a key security module that takes the D-Function as a
/// plug-in serves them with it. It resembles the real one in nothing but its shape.
/// </summary>
public static class SandboxDFunction
{
    /// <param name="r2">As it stands in the SPC; 21 bytes in versions 1 and 2.</param>
    /// <param name="ask">The application secret key, 16 bytes.</param>
    /// <param name="dask">Takes 16 bytes.</param>
    public static void Derive(ReadOnlySpan<byte> r2, ReadOnlySpan<byte> ask, Span<byte> dask)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(ask, r2, hash);
        hash[..dask.Length].CopyTo(dask);
    }
}
