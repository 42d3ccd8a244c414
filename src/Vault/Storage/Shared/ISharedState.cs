namespace DrmHub.Vault.Storage.Shared;

/// <summary>
/// State that all nodes share and that may be lost: in this process, or in Redis. Implementations are safe for concurrent use,
/// decide each operation atomically, answer within a bounded time, never throw for a store that is away, and say in the answer
/// when they did not ask it. Names are 1 to 512 characters.
/// </summary>
public interface ISharedState : IAsyncDisposable
{
    /// <summary>
    /// Takes a stream slot for a session, or renews the one it holds. A slot that is not renewed within its lifetime is free
    /// again. Account and group are counted in one step.
    /// </summary>
    ValueTask<SlotAnswer> TakeSlotAsync(SlotRequest request, CancellationToken cancellationToken = default);

    /// <summary>Renews a slot that is held and takes none (a heartbeat). While the store is away: held or not by the failure mode, without data.</summary>
    ValueTask<SlotStatus> RenewSlotAsync(string account, string session, TimeSpan lifetime, CancellationToken cancellationToken = default);

    /// <summary>Frees the slot of a session, if it holds one. A store that is away frees it when its lifetime ends.</summary>
    /// <returns><see cref="SlotState.Held"/> where it held one.</returns>
    ValueTask<SlotStatus> ReleaseSlotAsync(string account, string session, CancellationToken cancellationToken = default);

    /// <summary>Granted once for each token id, until the token expires by itself.</summary>
    ValueTask<SharedAnswer> UseTokenAsync(string tokenId, TimeSpan lifetime, CancellationToken cancellationToken = default);

    /// <summary>Takes one permit from a bucket that holds <paramref name="burst"/> at most and gains <paramref name="perSecond"/> a second.</summary>
    /// <param name="burst">1 or more.</param>
    /// <param name="perSecond">More than 0.</param>
    ValueTask<SharedAnswer> TakePermitAsync(string bucket, int burst, double perSecond, CancellationToken cancellationToken = default);

    /// <summary>A number that differs from the last one seen whenever a revocation may have come in between; null while the store is away.</summary>
    ValueTask<long?> GetRevocationVersionAsync(CancellationToken cancellationToken = default);

    /// <summary>Tells all nodes that something was revoked.</summary>
    /// <returns>The new number; null if the store is away, and other nodes learn of the revocation by their own reading.</returns>
    ValueTask<long?> RaiseRevocationVersionAsync(CancellationToken cancellationToken = default);

    /// <summary>False while answers come from the failure mode instead of the store.</summary>
    bool IsHealthy { get; }
}
