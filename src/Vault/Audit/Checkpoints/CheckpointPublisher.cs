namespace DrmHub.Vault.Audit;

/// <summary>Makes a signed head public: from here on tiles and proofs reach that far.</summary>
internal sealed class CheckpointPublisher(CheckpointTable checkpoints)
{
    public async Task PublishAsync(StoredCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await checkpoints.PublishAsync(checkpoint.Size, checkpoint.Note).ConfigureAwait(false);
    }
}
