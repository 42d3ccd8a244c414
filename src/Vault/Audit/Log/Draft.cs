using DrmHub.Vault.Audit.Encoding;

namespace DrmHub.Vault.Audit;

/// <summary>An entry on its way: stamped once, so that every later attempt writes the same event.</summary>
internal sealed class Draft(AuditEntry entry, Stamp stamp, string? owner)
{
    public AuditEntry Entry { get; } = entry;

    public Stamp Stamp { get; } = stamp;

    /// <summary>Whose key seals it; null where nothing is sealed.</summary>
    public string? Owner { get; } = owner;

    public EncodedEntry? Encoded { get; private set; }

    /// <summary>Set when the batch is committed; -1 while the entry is durable elsewhere and has no index yet.</summary>
    public long Index { get; set; } = -1;

    public void Encode(SubjectKey? key) => Encoded = Leaf.Encode(Entry, Stamp, key);
}
