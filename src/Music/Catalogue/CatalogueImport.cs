using System.Globalization;
using System.Text.Json;

namespace DrmHub.Music.Catalogue;

/// <summary>
/// Lines of JSON, each an object with one member that names the kind: <c>{"recording":{"id":"rec-1",…}}</c>. All lines are read and
/// checked before the first is stored, and all are stored together.
/// </summary>
public static class CatalogueImport
{
    public const int MaxLines = 100_000;
    public const int MaxLineBytes = 1 << 20;
    private const int MaxProblems = 100;

    /// <returns>The items that were stored, by kind.</returns>
    /// <exception cref="MusicException"><c>import.invalid</c>, with the lines and what is wrong with each; nothing was stored.</exception>
    public static async Task<IReadOnlyDictionary<string, int>> ImportAsync(Stream lines, MusicCatalogue catalogue, MusicActor actor, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(lines);
        ArgumentNullException.ThrowIfNull(catalogue);
        var items = await ReadAsync(lines, cancellationToken);
        if (items.Count > 0) await catalogue.PutAllAsync(items, "catalogue.import", actor, cancellationToken);
        return items.CountBy(item => item.Kind).ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
    }

    internal static async Task<IReadOnlyList<CatalogueItem>> ReadAsync(Stream lines, CancellationToken cancellationToken)
    {
        var items = new List<CatalogueItem>();
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        var problems = new List<string>();
        using var reader = new BoundedLineReader(lines, MaxLineBytes);
        for (var number = 1; await reader.ReadAsync(cancellationToken) is { } line && problems.Count < MaxProblems; number++)
        {
            if (number > MaxLines) throw new MusicException("import.too_large", $"An import has at most {MaxLines} lines. Nothing was stored; split it.");
            if (line.All(c => c is (byte)' ' or (byte)'\t' or (byte)'\r')) continue;
            var item = ReadLine(line, number, problems);
            if (item is null) continue;
            if (!seen.TryAdd(item.Id, number)) problems.Add(string.Create(CultureInfo.InvariantCulture, $"Line {number}: {item.Id} stands in line {seen[item.Id]} too."));
            foreach (var problem in MusicCatalogue.Check(item)) problems.Add(string.Create(CultureInfo.InvariantCulture, $"Line {number}: {problem}"));
            items.Add(item);
        }

        return problems.Count == 0 ? items : throw new MusicException("import.invalid", [.. problems.Take(MaxProblems)]);
    }

    private static CatalogueItem? ReadLine(byte[] line, int number, List<string> problems)
    {
        try
        {
            using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = MusicJson.Options.MaxDepth, AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.GetPropertyCount() == 1)
            {
                var member = document.RootElement.EnumerateObject().First();
                if (CatalogueKind.Find(member.Name) is { } kind && member.Value.Deserialize(kind.Type, MusicJson.Options) is CatalogueItem item) return item;
            }

            problems.Add(string.Create(CultureInfo.InvariantCulture, $"Line {number}: an object with one member is wanted, named {string.Join(", ", CatalogueKind.All.Select(kind => kind.Name))}."));
        }
        catch (JsonException exception)
        {
            problems.Add(string.Create(CultureInfo.InvariantCulture, $"Line {number}: {MusicHttp.Describe(exception)}"));
        }

        return null;
    }
}

/// <summary>Reads lines of bytes, none longer than a limit.</summary>
internal sealed class BoundedLineReader(Stream stream, int maxBytes) : IDisposable
{
    private readonly BufferedStream _stream = new(stream, 64 * 1024);
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    /// <returns>The line without its line feed, or null at the end.</returns>
    public async ValueTask<byte[]?> ReadAsync(CancellationToken cancellationToken)
    {
        using var line = new MemoryStream();
        while (true)
        {
            if (_start == _end)
            {
                _start = 0;
                _end = await _stream.ReadAsync(_buffer, cancellationToken);
                if (_end == 0) return line.Length == 0 ? null : line.ToArray();
            }

            var feed = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            var length = feed < 0 ? _end - _start : feed;
            if (line.Length + length > maxBytes) throw new MusicException("import.too_large", $"A line is longer than {maxBytes} bytes.");
            line.Write(_buffer, _start, length);
            _start += feed < 0 ? length : length + 1;
            if (feed >= 0) return line.ToArray();
        }
    }

    public void Dispose() => _stream.Dispose();
}
