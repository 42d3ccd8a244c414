using DrmHub.Vault.Keys.Caching;

namespace DrmHub.Vault.Rights;

/// <summary>Subscribers that asked lately, and those that are not there. The store empties what another node changed.</summary>
internal sealed class SubscriberCache(RightsOptions options, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private readonly BoundedCache<string, Held> _cache = new(options.CachedSubscribers, Lifetime, options.Grace, time);

    /// <summary>To be taken before the database is asked: what changes in between is then not kept.</summary>
    public BoundedCache<string, Held>.Ticket Ask(string id) => _cache.Ask(StripeOf(id));

    public bool TryGet(string id, out Subscriber? subscriber) => Unpack(_cache.TryGet(id, out var held), held, out subscriber);

    /// <summary>However old within the grace, for when the database is away.</summary>
    public bool TryGetStale(string id, out Subscriber? subscriber) => Unpack(_cache.TryGetStale(id, out var held), held, out subscriber);

    public void Put(string id, Subscriber? subscriber, BoundedCache<string, Held>.Ticket ticket) => _cache.Put(id, new Held(subscriber), 1, ticket);

    public void Forget(string id) => _cache.Invalidate(StripeOf(id));

    public void ForgetAll() => _cache.InvalidateAll();

    private static bool Unpack(bool found, Held? held, out Subscriber? subscriber)
    {
        subscriber = held?.Subscriber;
        return found;
    }

    private static int StripeOf(string id) => string.GetHashCode(id, StringComparison.Ordinal) & (BoundedCache<string, Held>.Stripes - 1);

    internal sealed record Held(Subscriber? Subscriber);
}
