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

    private static readonly byte[] s_byteOrderMark = [0xEF, 0xBB, 0xBF];

    /// <summary>Reads and checks every line; empty ones are passed over.</summary>
    /// <param name="kind">The kind of all documents; null where each line says its own.</param>
    /// <exception cref="RightsInvalidException">With the number of the first line that is wrong, and all that is wrong with it.</exception>
    public static async Task<IReadOnlyList<RightsChange>> ReadAsync(Stream source, RightsKind? kind, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        var changes = new List<RightsChange>();
        var reader = PipeReader.Create(source, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        long line = 0;
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                var buffer = read.Buffer;
                while (buffer.PositionOf((byte)'\n') is { } end)
                {
                    Take(buffer.Slice(0, end), kind, ++line, changes);
                    buffer = buffer.Slice(buffer.GetPosition(1, end));
                }

                if (buffer.Length > MaxLine) throw Invalid(line + 1, RightsProblem.Range, $"The line has more than {MaxLine} bytes.");
                if (read.IsCompleted)
                {
                    Take(buffer, kind, line + 1, changes);
                    return changes;
                }

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

    private static void Take(ReadOnlySequence<byte> sequence, RightsKind? kind, long number, List<RightsChange> changes)
    {
        if (sequence.Length > MaxLine) throw Invalid(number, RightsProblem.Range, $"The line has more than {MaxLine} bytes.");
        ReadOnlySpan<byte> line = sequence.IsSingleSegment ? sequence.FirstSpan : sequence.ToArray();
        if (number == 1 && line.StartsWith(s_byteOrderMark)) line = line[3..];
        line = line.Trim(" \t\r"u8);
        if (line.IsEmpty) return;
        if (changes.Count == RightsStore.MaxBatch) throw Invalid(number, RightsProblem.Range, $"A batch has at most {RightsStore.MaxBatch} documents.");
        try
        {
            var its = kind;
            if (its is null) line = Unwrap(line, out its);
            var document = its.Parse(line);
            changes.Add(new RightsChange { Kind = its, Id = its.IdOf(document), Document = document, Line = number });
        }
        catch (RightsInvalidException exception)
        {
            throw new RightsInvalidException(exception.Problems, number);
        }
    }

    /// <summary>The kind of a line, and the bytes of its document.</summary>
    private static ReadOnlySpan<byte> Unwrap(ReadOnlySpan<byte> line, out RightsKind found)
    {
        RightsKind? kind = null;
        ReadOnlySpan<byte> document = default;
        try
        {
            var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = 16 });
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject) throw Invalid(null, RightsProblem.Malformed, "A line is a JSON object with a kind and a document.");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString();
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                var value = line[start..(int)reader.BytesConsumed];
                if (name == "kind" && kind is null) kind = RightsKinds.Find(JsonSerializer.Deserialize<string>(value)) ?? throw Invalid(null, RightsProblem.Malformed, "There is no such kind: " + string.Join(", ", RightsKinds.All.Select(each => each.Name)) + ".");
                else if (name == "document" && document.IsEmpty) document = value;
                else throw Invalid(null, RightsProblem.Malformed, "A line has a kind and a document, once each, and nothing else.");
            }

            if (reader.Read()) throw Invalid(null, RightsProblem.Malformed, "There is more on the line than one object.");
        }
        catch (JsonException exception)
        {
            throw new RightsInvalidException([RightsProblem.From(exception)]);
        }

        if (kind is null || document.IsEmpty) throw Invalid(null, RightsProblem.Missing, "A line has a kind and a document.");
        found = kind;
        return document;
    }

    private static RightsInvalidException Invalid(long? line, string code, string message) => new([new RightsProblem("$", code, message)], line);

    private sealed record Line(string Kind, object Document);
}
