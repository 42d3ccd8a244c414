using DrmHub.LicenseProxy.Systems.FairPlay.Wire;

namespace DrmHub.LicenseProxy.Systems.FairPlay.Ksm;

/// <summary>The hub's own module, and one outside for what only Apple's software opens (session blocks of version 3).</summary>
internal sealed class FallbackModule(IKeyModule own, IKeyModule outside) : IKeyModule
{
    public async ValueTask<IOpenedSpc> OpenAsync(ReadOnlyMemory<byte> spc, string? assetUri, CancellationToken cancellationToken)
    {
        try
        {
            return await own.OpenAsync(spc, assetUri, cancellationToken);
        }
        catch (FairPlayException exception) when (exception.Status == FairPlayStatus.NotImplemented)
        {
            return await outside.OpenAsync(spc, assetUri, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await own.DisposeAsync();
        await outside.DisposeAsync();
    }
}
