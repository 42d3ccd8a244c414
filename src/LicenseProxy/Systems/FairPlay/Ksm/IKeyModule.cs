using DrmHub.Cenc;
using DrmHub.LicenseProxy.Systems.FairPlay.Wire;
using DrmHub.Vault.Keys;

namespace DrmHub.LicenseProxy.Systems.FairPlay.Ksm;

/// <summary>A key security module: reads SPCs and writes CKCs. The hub has one of its own, and can ask one outside.</summary>
internal interface IKeyModule : IAsyncDisposable
{
    /// <param name="assetUri">What the player's request says beside the SPC; the SPC's own asset id goes before it.</param>
    /// <exception cref="FairPlayException">The SPC cannot be used.</exception>
    /// <exception cref="UpstreamException">What reads it did not answer.</exception>
    ValueTask<IOpenedSpc> OpenAsync(ReadOnlyMemory<byte> spc, string? assetUri, CancellationToken cancellationToken);
}

/// <summary>An SPC that was read. Disposing it zeroes its session.</summary>
internal interface IOpenedSpc : IDisposable
{
    SpcFacts Facts { get; }

    /// <summary>Writes the CKC for one of the granted keys.</summary>
    /// <exception cref="UpstreamException">The module refuses or does not answer; with <c>device.output</c>, the device cannot be held to the grant.</exception>
    ValueTask<CkcAnswer> AnswerAsync(LicenseGrant grant, VaultKey key, CancellationToken cancellationToken);
}

/// <summary>An SPC of a module that is given key and terms.</summary>
internal abstract class KeyedSpc(SpcFacts facts) : IOpenedSpc
{
    private const int IvSize = 16;

    public SpcFacts Facts => facts;

    public ValueTask<CkcAnswer> AnswerAsync(LicenseGrant grant, VaultKey key, CancellationToken cancellationToken)
    {
        var iv = new byte[IvSize];
        key.Iv?.CopyTo(iv, 0);
        return AnswerAsync(key.Key, iv, TermsOfGrant.For(grant, key, facts), cancellationToken);
    }

    /// <param name="iv">16 bytes.</param>
    public abstract ValueTask<CkcAnswer> AnswerAsync(ContentKey key, ReadOnlyMemory<byte> iv, CkcTerms terms, CancellationToken cancellationToken);

    public abstract void Dispose();
}

/// <param name="Upstream">The name of the module outside that wrote it; null for the hub's own.</param>
internal readonly record struct CkcAnswer(byte[] Ckc, string? Upstream);

/// <summary>What is known of the request and its device.</summary>
internal sealed record SpcFacts
{
    /// <summary>1, 2 or 3.</summary>
    public required int Version { get; init; }

    public required AssetId Asset { get; init; }

    /// <summary>Lower-case hex, 40 digits; null where the module does not say.</summary>
    public string? DeviceId { get; init; }

    public DeviceReport Device { get; init; } = DeviceReport.Nothing;

    public PlaybackState? Playback { get; init; }
}
