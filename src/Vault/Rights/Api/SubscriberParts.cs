namespace DrmHub.Vault.Rights;

/// <summary>A list inside a subscriber that has routes of its own.</summary>
/// <param name="Name">In addresses: <c>subscriptions</c>.</param>
/// <param name="KeyName">What names an item within its subscriber.</param>
/// <param name="Read">The list.</param>
/// <param name="Write">A subscriber with another list.</param>
/// <param name="KeyOf">The key of an item.</param>
/// <param name="WithKey">An item with the key that stands in the address.</param>
internal sealed record SubscriberPart<T>(
    string Name, string KeyName, Func<Subscriber, IReadOnlyList<T>> Read, Func<Subscriber, IReadOnlyList<T>, Subscriber> Write, Func<T, string> KeyOf, Func<T, string, T> WithKey)
    where T : class;

internal static class SubscriberParts
{
    /// <summary>Marks the id of a collection where a purchase or a rental names one in an address: <c>collection:season-1</c>.</summary>
    public const string CollectionMark = "collection:";

    public static readonly SubscriberPart<Subscription> Subscriptions = new(
        "subscriptions", "plan", subscriber => subscriber.Subscriptions, (subscriber, list) => subscriber with { Subscriptions = list }, item => item.Plan, (item, key) => item with { Plan = key });

    public static readonly SubscriberPart<Purchase> Purchases = new(
        "purchases",
        "content",
        subscriber => subscriber.Purchases,
        (subscriber, list) => subscriber with { Purchases = list },
        item => item.Content ?? CollectionMark + item.Collection,
        (item, key) => item with { Content = ContentOf(key), Collection = CollectionOf(key) });

    public static readonly SubscriberPart<Rental> Rentals = new(
        "rentals",
        "content",
        subscriber => subscriber.Rentals,
        (subscriber, list) => subscriber with { Rentals = list },
        item => item.Content ?? CollectionMark + item.Collection,
        (item, key) => item with { Content = ContentOf(key), Collection = CollectionOf(key) });

    private static string? ContentOf(string key) => key.StartsWith(CollectionMark, StringComparison.Ordinal) ? null : key;

    private static string? CollectionOf(string key) => key.StartsWith(CollectionMark, StringComparison.Ordinal) ? key[CollectionMark.Length..] : null;
}
