using System.Collections.Frozen;

namespace DrmHub.Vault.Keys.Packagers;

/// <summary>All packagers and credentials as of one version. Immutable.</summary>
public sealed class PackagerDirectory
{
    private readonly FrozenDictionary<(CredentialKind, string), PackagerCredential[]> _credentials;
    private readonly FrozenSet<CredentialKind> _kinds;

    internal PackagerDirectory(long version, IReadOnlyList<Packager> packagers, IReadOnlyList<PackagerCredential> credentials)
    {
        Version = version;
        Packagers = packagers;
        Credentials = credentials;
        _credentials = credentials.GroupBy(each => (each.Kind, each.Identifier)).ToFrozenDictionary(group => group.Key, group => group.ToArray());
        _kinds = credentials.Select(each => each.Kind).ToFrozenSet();
    }

    /// <summary>By name.</summary>
    public IReadOnlyList<Packager> Packagers { get; }

    public IReadOnlyList<PackagerCredential> Credentials { get; }

    internal long Version { get; }

    /// <summary>Whether anybody has a credential of this kind.</summary>
    public bool Uses(CredentialKind kind) => _kinds.Contains(kind);

    /// <summary>Credentials that a request may mean: mostly one, two while one takes another's place. Those of revoked packagers are among them.</summary>
    public IReadOnlyList<PackagerCredential> Find(CredentialKind kind, string identifier, DateTimeOffset now) =>
        _credentials.TryGetValue((kind, identifier), out var found) ? found.Any(each => each.ExpiresAt <= now) ? [.. found.Where(each => each.ExpiresAt is not { } end || end > now)] : found : [];
}
