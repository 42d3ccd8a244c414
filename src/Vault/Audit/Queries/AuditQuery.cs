using DrmHub.Cenc;

namespace DrmHub.Vault.Audit;

/// <summary>Which entries to read; all conditions must hold. Newest first.</summary>
public sealed record AuditQuery
{
    public const int MaxLimit = 1000;

    public AuditKind? Kind { get; init; }

    /// <summary>Any of these; empty means every kind.</summary>
    public IReadOnlyList<AuditKind> Kinds { get; init; } = [];

    /// <summary>A subscriber's raw id; only entries written while the subscriber's key existed are found.</summary>
    public string? Subject { get; init; }

    /// <summary>A pseudonym as entries show it: 32 hex digits.</summary>
    public string? Pseudonym { get; init; }

    /// <summary>One of the subscriber's devices, by its own id; needs <see cref="Subject"/>.</summary>
    public string? Device { get; init; }

    public string? Actor { get; init; }

    public string? ContentId { get; init; }

    public string? Deal { get; init; }

    public string? ReasonCode { get; init; }

    public DrmSystem? System { get; init; }

    public string? SecurityLevel { get; init; }

    public string? DeviceModel { get; init; }

    public string? Country { get; init; }

    /// <summary>A track that was granted.</summary>
    public string? Track { get; init; }

    /// <summary>No column of its own: the entries that the other conditions leave are read one by one, so name a time, too.</summary>
    public string? RequestId { get; init; }

    /// <summary>Inclusive.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Exclusive.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>From the page before; opaque.</summary>
    public string? Cursor { get; init; }

    /// <summary>Entries in a page, 1 to <see cref="MaxLimit"/>. Default 100.</summary>
    public int Limit { get; init; } = 100;
}

/// <summary>One page, newest first.</summary>
/// <param name="Entries">Newest first.</param>
/// <param name="Next">Cursor of the following, older page; null on the last one.</param>
/// <param name="Complete">Number of entries that the search saw: those with a smaller index.</param>
/// <param name="Durable">Number of entries in the log when the search ran; more than <paramref name="Complete"/> while the index is behind.</param>
public sealed record AuditPage(IReadOnlyList<AuditRecord> Entries, string? Next, long Complete, long Durable);
