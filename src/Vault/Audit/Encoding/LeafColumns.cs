using System.Text.Json;
using DrmHub.Cenc;
using static DrmHub.Vault.Audit.Encoding.LeafMembers;

namespace DrmHub.Vault.Audit.Encoding;

/// <summary>
/// The values of a leaf that the entry table has columns for, read in one pass: every entry goes through here once, so the rest of the leaf
/// (<see cref="LeafReader"/>) is left alone.
/// </summary>
internal readonly record struct LeafColumns
{
    public long At { get; private init; }

    public AuditKind Kind { get; private init; }

    public byte[]? Subject { get; private init; }

    public byte[]? Device { get; private init; }

    public string? Actor { get; private init; }

    public string? Content { get; private init; }

    public string? Deal { get; private init; }

    public string? Reason { get; private init; }

    public DrmSystem? System { get; private init; }

    public string? Level { get; private init; }

    public string? Model { get; private init; }

    public string? Country { get; private init; }

    /// <summary>The granted tracks between commas, so that one can be looked for: <c>,AUDIO,SD,</c>.</summary>
    public string? Tracks { get; private init; }

    /// <exception cref="AuditFormatException">Not an entry.</exception>
    public static LeafColumns Read(long index, ReadOnlySpan<byte> leaf)
    {
        try
        {
            var reader = new Utf8JsonReader(leaf, Options);
            var columns = new LeafColumns();
            long? at = null, version = null;
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                // The names are ours, short and plain; whatever else is there is skipped.
                if (reader.ValueTextEquals("at"u8)) at = Number(ref reader);
                else if (reader.ValueTextEquals("kind"u8)) columns = columns with { Kind = AuditKinds.TryParse(Text(ref reader), out var kind) ? kind : throw Malformed(index) };
                else if (reader.ValueTextEquals("subject"u8)) columns = columns with { Subject = Convert.FromHexString(Text(ref reader) ?? "") };
                else if (reader.ValueTextEquals("device"u8)) columns = columns with { Device = Convert.FromHexString(Text(ref reader) ?? "") };
                else if (reader.ValueTextEquals("actor"u8)) columns = columns with { Actor = Text(ref reader) };
                else if (reader.ValueTextEquals("content"u8)) columns = columns with { Content = Text(ref reader) };
                else if (reader.ValueTextEquals("deal"u8)) columns = columns with { Deal = Text(ref reader) };
                else if (reader.ValueTextEquals("reason"u8)) columns = columns with { Reason = Text(ref reader) };
                else if (reader.ValueTextEquals("system"u8)) columns = columns with { System = Leaf.SystemFromName(Text(ref reader)) };
                else if (reader.ValueTextEquals("level"u8)) columns = columns with { Level = Text(ref reader) };
                else if (reader.ValueTextEquals("model"u8)) columns = columns with { Model = Text(ref reader) };
                else if (reader.ValueTextEquals("country"u8)) columns = columns with { Country = Text(ref reader) };
                else if (reader.ValueTextEquals("keys"u8)) columns = columns with { Tracks = GrantedTracks(ref reader) };
                else if (reader.ValueTextEquals("v"u8)) version = Number(ref reader);
                else Skip(ref reader);
            }

            return version == Leaf.Version && at is { } moment && columns.Kind != default ? columns with { At = moment } : throw Malformed(index);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw Malformed(index, exception);
        }
    }

    private static string? GrantedTracks(ref Utf8JsonReader reader)
    {
        var tracks = new List<string>();
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            var granted = false;
            string? track = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("granted"u8)) granted = Flag(ref reader);
                else if (reader.ValueTextEquals("track"u8)) track = Text(ref reader);
                else Skip(ref reader);
            }

            if (granted && track is not null && !tracks.Contains(track)) tracks.Add(track);
        }

        return tracks.Count > 0 ? "," + string.Join(',', tracks) + "," : null;
    }
}
