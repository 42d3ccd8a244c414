using System.Security.Cryptography;
using DrmHub.LicenseProxy.Systems.FairPlay.Ksm;

namespace DrmHub.LicenseProxy.Tests.FairPlay;

/// <summary>A D-Function of no worth, in the shape in which an operator brings the real one; this assembly serves as the plug-in.</summary>
public static class StandInDFunction
{
    public static void Derive(ReadOnlySpan<byte> r2, ReadOnlySpan<byte> ask, Span<byte> dask) =>
        SHA256.HashData([.. "drmhub test d-function"u8, .. r2, .. ask]).AsSpan(0, 16).CopyTo(dask);
}

/// <summary>One that throws.</summary>
public static class BrokenDFunction
{
    public static void Derive(ReadOnlySpan<byte> r2, ReadOnlySpan<byte> ask, Span<byte> dask) => throw new InvalidOperationException(Convert.ToHexString(ask));
}

internal sealed class StandInDerivation : IDerivation
{
    public ValueTask DeriveAsync(ReadOnlyMemory<byte> r2, ReadOnlyMemory<byte> applicationSecret, Memory<byte> derivedKey, CancellationToken cancellationToken)
    {
        StandInDFunction.Derive(r2.Span, applicationSecret.Span, derivedKey.Span);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
