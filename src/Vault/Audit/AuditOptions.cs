using DrmHub.Vault.Audit.Notes;

namespace DrmHub.Vault.Audit;

/// <summary>How the log runs on this node. The two secrets come from the host, which keeps them wrapped by the master key.</summary>
public sealed record AuditOptions
{
    public const int SecretSize = 32;

    /// <summary>32 random bytes: the Ed25519 seed that signs checkpoints. The same on all nodes.</summary>
    public required byte[] LogKeySeed { get; init; }

    /// <summary>32 random bytes: finds a subscriber's key row and wraps the keys in it. The same on all nodes.</summary>
    public required byte[] PseudonymKey { get; init; }

    /// <summary>First line of every checkpoint and name of the log's key (C2SP tlog-checkpoint): the public address of the log without its scheme. Default <c>drmhub.local/audit</c>.</summary>
    public string Origin { get; init; } = "drmhub.local/audit";

    /// <summary>Name of this node in its entries. Default <c>local</c>.</summary>
    public string Node { get; init; } = "local";

    /// <summary>Whether this process integrates entries into the tree when it gets the lock. Off for short commands. Default on.</summary>
    public bool Integrate { get; init; } = true;

    /// <summary>Pause between two integrations. Default 200 ms, at least 10 ms.</summary>
    public TimeSpan IntegrateInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Pause between two signed heads. Default 1 s, at least 10 ms.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>File in which this node remembers the head that it signed last; on a disk that is not restored together with the database. Default none.</summary>
    public string? SignerFile { get; init; }

    /// <summary>File that takes entries while the database is away; one per node, on a disk that survives a restart. Default none: then nothing is granted meanwhile.</summary>
    public string? SpoolFile { get; init; }

    /// <summary>Size in bytes up to which the spool grows. Default 1 GiB.</summary>
    public long MaxSpoolBytes { get; init; } = 1L << 30;

    /// <summary>Who cosigns heads before they are published. Default nobody.</summary>
    public IReadOnlyList<WitnessOptions> Witnesses { get; init; } = [];

    /// <summary>Cosignatures without which a head is not published; 0 to the number of witnesses. Default 0.</summary>
    public int RequiredWitnesses { get; init; }

    /// <summary>How long a witness may take. Default 5 s.</summary>
    public TimeSpan WitnessTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>File that always holds the newest published head, for instance on a share that others read. Default none.</summary>
    public string? PublishFile { get; init; }

    /// <summary>Address that each published head is PUT to. Default none.</summary>
    public Uri? PublishUrl { get; init; }

    /// <summary>Addresses that are told of every entry. Default none.</summary>
    public IReadOnlyList<WebhookOptions> Webhooks { get; init; } = [];

    /// <summary>How long a query waits for entries that are durable but not yet in the index. Default 2 s.</summary>
    public TimeSpan QueryPatience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long one commit may take before the database counts as away. Default 5 s.</summary>
    public TimeSpan CommitTimeout { get; init; } = TimeSpan.FromSeconds(5);

    internal static NoteKey KeyOf(WitnessOptions witness) => NoteKey.TryParse(witness.Key, out var key) ? key : throw new ArgumentException("Not a verifier key.", nameof(witness));

    internal void Validate()
    {
        var errors = new List<string>();
        if (LogKeySeed is not { Length: SecretSize }) errors.Add("LogKeySeed has 32 bytes.");
        if (PseudonymKey is not { Length: SecretSize }) errors.Add("PseudonymKey has 32 bytes.");
        if (string.IsNullOrEmpty(Origin) || Origin.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c == '+'))
            errors.Add("Origin is not empty and has neither white space nor a plus sign.");
        if (string.IsNullOrEmpty(Node)) errors.Add("Node is not empty.");
        if (IntegrateInterval < TimeSpan.FromMilliseconds(10)) errors.Add("IntegrateInterval is at least 10 ms.");
        if (CheckpointInterval < TimeSpan.FromMilliseconds(10)) errors.Add("CheckpointInterval is at least 10 ms.");
        if (CommitTimeout < TimeSpan.FromMilliseconds(100)) errors.Add("CommitTimeout is at least 100 ms.");
        if (RequiredWitnesses < 0 || RequiredWitnesses > Witnesses.Count) errors.Add("RequiredWitnesses is between 0 and the number of witnesses.");
        if (WitnessTimeout <= TimeSpan.Zero) errors.Add("WitnessTimeout is positive.");
        foreach (var witness in Witnesses.Where(witness => !NoteKey.TryParse(witness.Key, out var key) || key.Type != NoteKeyType.Cosignature))
            errors.Add($"The witness at {witness.Url} has no verifier key of type 0x04.");
        if (Webhooks.Select(hook => hook.Name).Distinct(StringComparer.Ordinal).Count() != Webhooks.Count) errors.Add("Webhooks have different names.");
        if (errors.Count > 0) throw new ArgumentException("Audit options: " + string.Join(' ', errors));
    }
}
