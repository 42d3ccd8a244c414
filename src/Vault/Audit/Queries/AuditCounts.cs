using DrmHub.Cenc;

namespace DrmHub.Vault.Audit;

/// <summary>What entries can be counted by.</summary>
public enum AuditColumn
{
    Kind,
    Reason,
    Level,
    System,
    Country,
    Content,
    Deal,
    Actor,
    Model,

    /// <summary>A track that was granted; an entry with several counts for each.</summary>
    Track,

    /// <summary>DRM system and level in one: <c>widevine Software</c>.</summary>
    Device,
}

/// <summary>Entries with one value of a column.</summary>
/// <param name="Value">As entries and filters write it; null for entries without one.</param>
public sealed record AuditCount(string? Value, long Entries)
{
    /// <summary>The parts of a value of <see cref="AuditColumn.Device"/>.</summary>
    public static (DrmSystem? System, string? Level) SplitDevice(string? value)
    {
        if (value is null) return (null, null);
        var space = value.IndexOf(' ', StringComparison.Ordinal);
        return (Encoding.Leaf.SystemFromName(value[..space]), space + 1 < value.Length ? value[(space + 1)..] : null);
    }
}

/// <summary>Entries of one kind in one step of time.</summary>
/// <param name="Step">Counted from the beginning of the question: 0, 1, 2 …</param>
public sealed record AuditTimeCount(int Step, AuditKind Kind, long Entries);
