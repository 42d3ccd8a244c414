using System.Buffers;
using System.Text.Json;

namespace DrmHub.Vault.Rights;

/// <summary>Gathers lines of NDJSON and reads many of them at once, on all cores. What is wrong is told of the first line that is wrong.</summary>
/// <param name="kind">The kind of all documents; null where each line says its own.</param>
internal sealed class RightsLines(RightsKind? kind)
{
    /// <summary>Bytes that wait before they are read.</summary>
    private const int Enough = 512 * 1024;

    private readonly ArrayBufferWriter<byte> _bytes = new(64 * 1024);
    private readonly List<(long Number, int Start, int Length)> _lines = [];
    private readonly List<RightsChange> _changes = [];
    private long _number;

    /// <summary>Takes the next line, without its end; an empty one is passed over.</summary>
    /// <exception cref="RightsInvalidException">This line or one before it is wrong.</exception>
    public void Add(ReadOnlySequence<byte> line)
    {
        _number++;
        if (line.Length > RightsFile.MaxLine) Refuse($"The line has more than {RightsFile.MaxLine} bytes.");
        var start = _bytes.WrittenCount;
        foreach (var part in line) _bytes.Write(part.Span);
        var text = _bytes.WrittenSpan[start..];
        if (_number == 1 && text.StartsWith("\uFEFF"u8)) text = text[3..];
        text = text.TrimStart(" \t\r"u8);
        start = _bytes.WrittenCount - text.Length;
        text = text.TrimEnd(" \t\r"u8);
        if (!text.IsEmpty)
        {
            if (_changes.Count + _lines.Count == RightsStore.MaxBatch) Refuse($"A batch has at most {RightsStore.MaxBatch} documents.");
            _lines.Add((_number, start, text.Length));
        }

        if (_bytes.WrittenCount >= Enough) Read();
    }

    /// <summary>The changes of all lines, in their order.</summary>
    /// <exception cref="RightsInvalidException">A line is wrong.</exception>
    public IReadOnlyList<RightsChange> Finish()
    {
        Read();
        return _changes;
    }

    private void Read()
    {
        var bytes = _bytes.WrittenMemory;
        foreach (var (change, problem) in ManyCores.Map(_lines, line => Read(bytes.Span.Slice(line.Start, line.Length), line.Number)))
            _changes.Add(change ?? throw problem!);
        _lines.Clear();
        _bytes.ResetWrittenCount();
    }

    private (RightsChange? Change, RightsInvalidException? Problem) Read(ReadOnlySpan<byte> line, long number)
    {
        try
        {
            var its = kind;
            if (its is null) line = Unwrap(line, out its);
            var document = its.Parse(line);
            return (new RightsChange { Kind = its, Id = its.IdOf(document), Document = document, Line = number }, null);
        }
        catch (RightsInvalidException exception)
        {
            return (null, new RightsInvalidException(exception.Problems, number));
        }
    }

    /// <summary>What is wrong before this line comes first.</summary>
    private void Refuse(string message)
    {
        Read();
        throw Invalid(_number, RightsProblem.Range, message);
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
        catch (InvalidOperationException)
        {
            throw Invalid(null, RightsProblem.Malformed, "A name on the line is no UTF-8.");
        }

        if (kind is null || document.IsEmpty) throw Invalid(null, RightsProblem.Missing, "A line has a kind and a document.");
        found = kind;
        return document;
    }

    private static RightsInvalidException Invalid(long? line, string code, string message) => new([new RightsProblem("$", code, message)], line);
}
