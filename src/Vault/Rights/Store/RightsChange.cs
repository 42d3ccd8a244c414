namespace DrmHub.Vault.Rights;

/// <summary>One document to write or to take away.</summary>
public sealed record RightsChange
{
    public required RightsKind Kind { get; init; }

    public required string Id { get; init; }

    /// <summary>The document as it will be; null takes it away.</summary>
    public required object? Document { get; init; }

    /// <summary>The version that it must have now; 0 means that there must be none; null means whatever there is.</summary>
    public long? ExpectedVersion { get; init; }

    /// <summary>The line of a file that it came from; null where it came from none.</summary>
    public long? Line { get; init; }

    public static RightsChange Put<T>(RightsKind<T> kind, T document, long? expectedVersion = null)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(kind);
        kind.Check(document);
        return new RightsChange { Kind = kind, Id = kind.IdOf(document), Document = document, ExpectedVersion = expectedVersion };
    }

    public static RightsChange Delete(RightsKind kind, string id, long? expectedVersion = null) => new() { Kind = kind, Id = id, Document = null, ExpectedVersion = expectedVersion };
}

/// <summary>Who changes rights, for the audit log.</summary>
/// <param name="Name">A principal: an account, not a person's name.</param>
/// <param name="Role">The role under which it came.</param>
/// <param name="RequestId">Where there is one.</param>
public sealed record RightsActor(string Name, string? Role = null, string? RequestId = null)
{
    /// <summary>The hub itself: demo data, first plays.</summary>
    public static readonly RightsActor Hub = new("drmhub");
}

/// <summary>What a change did.</summary>
/// <param name="Version">The version of the store after it: every document that changed has it.</param>
/// <param name="Created">Documents that were not there before.</param>
/// <param name="Updated">Documents that say something else than before.</param>
/// <param name="Deleted">Documents that are gone.</param>
/// <param name="Unchanged">Documents that said the same already: no change, no entry in the log.</param>
public sealed record RightsOutcome(long Version, int Created, int Updated, int Deleted, int Unchanged);

/// <summary>A document with the version that it got with its last change.</summary>
public sealed record RightsStored<T>(T Document, long Version)
    where T : class;
