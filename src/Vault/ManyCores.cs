using System.Runtime.ExceptionServices;

namespace DrmHub.Vault;

/// <summary>Work on many items, each for itself: on several threads at once where there are more than a few.</summary>
internal static class ManyCores
{
    /// <summary>Below this, one core is faster than several.</summary>
    private const int Few = 64;

    /// <summary>The results in the order of the items.</summary>
    /// <exception cref="Exception">One that <paramref name="map"/> threw, as it was.</exception>
    public static TResult[] Map<TItem, TResult>(IReadOnlyList<TItem> items, Func<TItem, TResult> map)
    {
        var results = new TResult[items.Count];
        Run(results.Length, i => results[i] = map(items[i]));
        return results;
    }

    /// <exception cref="Exception">One that <paramref name="action"/> threw, as it was.</exception>
    public static void Each<TItem>(IReadOnlyList<TItem> items, Action<TItem> action) => Run(items.Count, i => action(items[i]));

    private static void Run(int count, Action<int> action)
    {
        if (count < Few)
        {
            for (var i = 0; i < count; i++) action(i);
            return;
        }

        try
        {
            Parallel.For(0, count, action);
        }
        catch (AggregateException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }
    }
}
