namespace DrmHub.Vault.Catalogue;

/// <summary>One play: somebody heard something, under a licence.</summary>
public sealed class PlayRow
{
    /// <summary>A keyed hash of the subscriber's id, 16 bytes.</summary>
    public byte[] Listener { get; init; } = [];

    /// <summary>The player's own id of the play; the same again is the same play.</summary>
    public string PlayId { get; init; } = "";

    public string ContentId { get; init; } = "";

    /// <summary>The recording or episode.</summary>
    public string OwnerId { get; init; } = "";

    /// <summary>The release that it was heard from.</summary>
    public string? ReleaseId { get; init; }

    public string Licensor { get; init; } = "";

    /// <summary>UTC milliseconds, by the player's clock.</summary>
    public long StartedMs { get; init; }

    public long ReceivedMs { get; init; }

    /// <summary>Heard so far.</summary>
    public long PlayedMs { get; init; }

    /// <summary>1 where it was heard to the end.</summary>
    public long Completed { get; init; }

    /// <summary>1 where it was played from a download.</summary>
    public long Offline { get; init; }

    public string? Quality { get; init; }

    public string? Country { get; init; }

    /// <summary>Index of the licence's entry in the audit log; null where none was found.</summary>
    public long? LicenseIndex { get; init; }

    /// <summary>Id of that entry.</summary>
    public string? LicenseId { get; init; }

    /// <summary>The deal that granted the licence.</summary>
    public string? Deal { get; init; }

    /// <summary>That deal's commercial model, by name.</summary>
    public string? Model { get; init; }
}
