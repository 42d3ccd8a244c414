using System.Diagnostics.CodeAnalysis;
using System.Text;
using DrmHub.Cenc;

namespace DrmHub.Vault.Keys.Caching;

/// <summary>
/// Keys of this node's memory, sealed as in the database: by content id, which another node's new key makes out of date; and one by one,
/// by key id and by the name that packagers ask for, which nothing does.
/// </summary>
internal sealed class KeyCache
{
    private readonly BoundedCache<string, KeyRow[]> _contents;
    private readonly BoundedCache<KeyId, KeyRow> _keys;
    private readonly BoundedCache<KeyIdentity, KeyRow> _identities;
    private readonly int _maxKeysOfContent;

    public KeyCache(KeyCacheOptions options, TimeSpan lifetime, TimeProvider time)
    {
        _contents = new BoundedCache<string, KeyRow[]>(options.Capacity, lifetime, options.Grace, time);
        _keys = new BoundedCache<KeyId, KeyRow>(options.Capacity, lifetime, options.Grace, time);
        _identities = new BoundedCache<KeyIdentity, KeyRow>(options.Capacity, lifetime, options.Grace, time);
        _maxKeysOfContent = options.MaxKeysOfContent;
    }

    public bool TryGetContent(string contentId, [NotNullWhen(true)] out KeyRow[]? rows) => _contents.TryGet(contentId, out rows);

    public bool TryGetStaleContent(string contentId, [NotNullWhen(true)] out KeyRow[]? rows) => _contents.TryGetStale(contentId, out rows);

    public bool TryGetKey(KeyId keyId, [NotNullWhen(true)] out KeyRow? row) => _keys.TryGet(keyId, out row);

    public bool TryGetStaleKey(KeyId keyId, [NotNullWhen(true)] out KeyRow? row) => _keys.TryGetStale(keyId, out row);

    public BoundedCache<string, KeyRow[]>.Ticket AskContent(string contentId) => _contents.Ask(StripeOf(contentId));

    /// <summary>Every key of the content id; an unknown one is not remembered, because it may be made at any moment.</summary>
    public void PutContent(string contentId, KeyRow[] rows, BoundedCache<string, KeyRow[]>.Ticket ticket)
    {
        // A channel that rotates its keys has thousands of them; players ask for those by key id.
        if (rows.Length == 0 || rows.Length > _maxKeysOfContent) return;
        _contents.Put(contentId, rows, rows.Length, ticket);
    }

    public BoundedCache<KeyId, KeyRow>.Ticket AskKeys() => _keys.Ask(0);

    public void PutKey(KeyRow row, BoundedCache<KeyId, KeyRow>.Ticket ticket) => _keys.Put(row.Info.KeyId, row, 1, ticket);

    /// <summary>The key that a packager's question names: by the key id that it chose, else by identity.</summary>
    public bool TryGetNamed(KeyIdentity identity, KeyId? requested, [NotNullWhen(true)] out KeyRow? row) =>
        requested is { } keyId ? _keys.TryGet(keyId, out row) : _identities.TryGet(identity, out row);

    public NamedTicket AskNamed() => new(_keys.Ask(0), _identities.Ask(0));

    public void PutNamed(KeyRow row, NamedTicket ticket)
    {
        _keys.Put(row.Info.KeyId, row, 1, ticket.Key);
        if (!row.Info.IsRequested) _identities.Put(row.Identity, row, 1, ticket.Identity);
    }

    public void Invalidate(int stripe) => _contents.Invalidate(stripe);

    public void InvalidateAll()
    {
        _contents.InvalidateAll();
        _keys.InvalidateAll();
        _identities.InvalidateAll();
    }

    /// <summary>The same on every node and version of the program: FNV-1a, 32 bits, folded to 16.</summary>
    public static int StripeOf(string contentId)
    {
        Span<byte> bytes = stackalloc byte[KeyStore.MaxContentIdBytes];
        var length = Encoding.UTF8.GetBytes(contentId, bytes);
        var hash = 2166136261u;
        unchecked
        {
            foreach (var each in bytes[..length]) hash = (hash ^ each) * 16777619;
            return (int)((hash >> 16) ^ (hash & 0xFFFF));
        }
    }

    internal readonly record struct NamedTicket(BoundedCache<KeyId, KeyRow>.Ticket Key, BoundedCache<KeyIdentity, KeyRow>.Ticket Identity);
}
