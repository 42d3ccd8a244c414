using DrmHub.LicenseProxy.Systems.FairPlay.Wire;

namespace DrmHub.LicenseProxy.Systems.FairPlay.Ksm;

/// <summary>A hub without FairPlay: every SPC is one that it does not support.</summary>
internal sealed class NoModule : IKeyModule
{
    public ValueTask<IOpenedSpc> OpenAsync(ReadOnlyMemory<byte> spc, string? assetUri, CancellationToken cancellationToken) =>
        throw new FairPlayException(FairPlayStatus.NotImplemented, "FairPlay is not configured at this hub.");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
