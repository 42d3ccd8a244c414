using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;

namespace DrmHub.Vault.Audit;

/// <summary>How entries leave the log: index and leaf as JSON, or one CSV line.</summary>
internal static class AuditJson
{
    private const int FlushBytes = 64 * 1024;

    public const string CsvHeader = "index,at,kind,content,deal,system,level,model,country,reason,subject,actor,tracks_granted,tracks_withheld,policy,upstream,request,node,id\r\n";

    /// <summary>The leaf goes out as it is: its bytes are what the tree hashes.</summary>
    public static void Write(Utf8JsonWriter json, AuditRecord record)
    {
        json.WriteStartObject();
        json.WriteNumber("index", record.Index);
        json.WritePropertyName("entry");
        json.WriteRawValue(record.Leaf.Span, skipInputValidation: true);
        json.WriteEndObject();
    }

    /// <summary>One row in memory at a time.</summary>
    public static async Task WriteAllAsync(IAsyncEnumerable<(long Index, byte[] Leaf)> rows, bool asCsv, PipeWriter output, CancellationToken cancellationToken)
    {
        if (asCsv) System.Text.Encoding.UTF8.GetBytes(CsvHeader.AsSpan(), output);
        long unflushed = 0;
        await foreach (var (index, leaf) in rows.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (asCsv) WriteCsv(output, Encoding.LeafReader.Read(index, leaf));
            else WriteLine(output, index, leaf);
            unflushed += leaf.Length;
            if (unflushed < FlushBytes) continue;
            await output.FlushAsync(cancellationToken).ConfigureAwait(false);
            unflushed = 0;
        }

        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    public static void WriteLine(IBufferWriter<byte> output, long index, ReadOnlySpan<byte> leaf)
    {
        output.Write("{\"index\":"u8);
        var digits = output.GetSpan(20);
        System.Buffers.Text.Utf8Formatter.TryFormat(index, digits, out var written);
        output.Advance(written);
        output.Write(",\"entry\":"u8);
        output.Write(leaf);
        output.Write("}\n"u8);
    }

    public static void WriteCsv(IBufferWriter<byte> output, AuditRecord record)
    {
        var line = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{record.Index},{record.At.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ}");
        string?[] cells =
        [
            record.Kind.ToName(), record.ContentId, record.Deal, record.System is { } system ? Encoding.Leaf.SystemName(system) : null, record.SecurityLevel, record.DeviceModel,
            record.Country, record.ReasonCode, record.Pseudonym, record.Actor, Tracks(granted: true), Tracks(granted: false), record.PolicyHash, record.Upstream, record.RequestId, record.Node, record.Id,
        ];
        foreach (var cell in cells)
        {
            line.Append(',').Append(CsvCell(cell ?? ""));
        }

        System.Text.Encoding.UTF8.GetBytes(line.Append("\r\n").ToString(), output);

        string Tracks(bool granted) => string.Join(' ', record.Keys.Where(key => key.Granted == granted).Select(key => key.Track).Distinct(StringComparer.Ordinal));
    }

    /// <summary>RFC 4180. A cell that a spreadsheet would run as a formula gets an apostrophe in front.</summary>
    public static string CsvCell(string text)
    {
        if (text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r') text = "'" + text;
        return text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : "\"" + text.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
    }
}
