using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

namespace DrmHub.Vault.Rights;

/// <summary>
/// Rights as NDJSON. A file of everything has lines <c>{"kind":"deal","document":{…}}</c>; a file of one kind has its documents alone.
/// Written in the order of kinds and ids, so that the same rights give the same bytes.
/// </summary>
public static class RightsFile
{
    /// <summary>Bytes of one line.</summary>
    public const int MaxLine = 1 << 20;

    /// <summary>Reads and checks every line; empty ones are passed over.</summary>
    /// <param name="kind">The kind of all documents; null where each line says its own.</param>
    /// <exception cref="RightsInvalidException">With the number of the first line that is wrong, and all that is wrong with it.</exception>
    public static async Task<IReadOnlyList<RightsChange>> ReadAsync(Stream source, RightsKind? kind, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        var lines = new RightsLines(kind);
        var reader = PipeReader.Create(source, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                var buffer = read.Buffer;
                while (buffer.PositionOf((byte)'\n') is { } end)
                {
                    lines.Add(buffer.Slice(0, end));
                    buffer = buffer.Slice(buffer.GetPosition(1, end));
                }

                // A line that is too long is refused before all of it is there.
                if (read.IsCompleted || buffer.Length > MaxLine) lines.Add(buffer);
                if (read.IsCompleted) return lines.Finish();
                reader.AdvanceTo(buffer.Start, buffer.End);
            }
        }
        finally
        {
            await reader.CompleteAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Writes everything.</summary>
    public static async Task WriteAsync(RightsStore store, Stream destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        foreach (var kind in RightsKinds.All)
        {
            var after = "";
            while (true)
            {
                var page = await store.ListDocumentsAsync(kind, after, 1000, cancellationToken).ConfigureAwait(false);
                using var lines = new MemoryStream();
                foreach (var document in page)
                {
                    lines.Write(JsonSerializer.SerializeToUtf8Bytes(new Line(kind.Name, document), RightsJson.Options));
                    lines.WriteByte((byte)'\n');
                    after = kind.IdOf(document);
                }

                await destination.WriteAsync(lines.GetBuffer().AsMemory(0, (int)lines.Length), cancellationToken).ConfigureAwait(false);
                if (page.Count < 1000) break;
            }
        }
    }

    private sealed record Line(string Kind, object Document);
}
