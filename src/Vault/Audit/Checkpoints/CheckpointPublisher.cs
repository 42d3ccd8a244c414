using DrmHub.Vault.Audit.Merkle;
using DrmHub.Vault.Audit.Notes;
using DrmHub.Vault.Audit.Tiles;
using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Audit;

/// <summary>
/// Lets the witnesses cosign a signed head and makes it public: in the database, where tiles and proofs end with it, in a file
/// and at an address outside. Without the required number of cosignatures the head before it stays the public one.
/// </summary>
internal sealed class CheckpointPublisher : IDisposable
{
    private const string Extension = ".new";

    private readonly CheckpointTable _checkpoints;
    private readonly TileStore _tiles;
    private readonly AuditOptions _options;
    private readonly ILogger _logger;
    private readonly HttpClient _http;
    private readonly List<WitnessClient> _witnesses;

    public CheckpointPublisher(CheckpointTable checkpoints, TileStore tiles, AuditOptions options, AuditHealth health, ILogger logger)
    {
        _checkpoints = checkpoints;
        _tiles = tiles;
        _options = options;
        _logger = logger;
        _http = new HttpClient { Timeout = options.WitnessTimeout };
        _witnesses = [.. options.Witnesses.Select(witness => new WitnessClient(_http, witness.Url, AuditOptions.KeyOf(witness), health, logger))];
    }

    public async Task PublishAsync(StoredCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        var note = checkpoint.ToNote();
        var lines = await Task.WhenAll(_witnesses.Select(witness => witness.CosignAsync(note, checkpoint.Size, ConsistencyAsync, cancellationToken))).ConfigureAwait(false);
        var given = lines.OfType<NoteSignature>().ToList();
        if (given.Count < _options.RequiredWitnesses)
        {
            Log.TooFewWitnesses(_logger, given.Count, _options.RequiredWitnesses, checkpoint.Size);
            return;
        }

        var published = note.With(given);
        await _checkpoints.PublishAsync(checkpoint.Size, published.ToString()).ConfigureAwait(false);
        await PublishOutsideAsync(published, cancellationToken).ConfigureAwait(false);
    }

    public void Dispose() => _http.Dispose();

    private async Task<IReadOnlyList<byte[]>> ConsistencyAsync(long first, long second) =>
        first > second ? [] : await new TileTree(_tiles.ReadAsync).ConsistencyAsync(first, second).ConfigureAwait(false);

    private async Task PublishOutsideAsync(SignedNote note, CancellationToken cancellationToken)
    {
        try
        {
            DurableFile.Replace(_options.PublishFile, Extension, note.ToBytes());
            if (_options.PublishUrl is null) return;
            using var content = new ByteArrayContent(note.ToBytes());
            content.Headers.ContentType = new("text/plain") { CharSet = "utf-8" };
            using var answer = await _http.PutAsync(_options.PublishUrl, content, cancellationToken).ConfigureAwait(false);
            answer.EnsureSuccessStatusCode();
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException or IOException && !cancellationToken.IsCancellationRequested)
        {
            // The next head is published there; a missing one is no danger, only a longer wait.
            Log.PublishingFailed(_logger, exception);
        }
    }
}
