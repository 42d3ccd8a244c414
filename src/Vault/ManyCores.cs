using System.Runtime.ExceptionServices;

namespace DrmHub.Vault;

/// <summary>Work on many items, each for itself.</summary>
internal static class ManyCores
{
    /// <summary>Below this, one core is faster than several.</summary>
    private const int Few = 64;

    /// <summary>The results in the order of the items. <paramref name="map"/> runs on several threads at once where there are more than a few.</summary>
    /// <exception cref="Exception">The first that <paramref name="map"/> threw, as it was.</exception>
    public static TResult[] Map<TItem, TResult>(IReadOnlyList<TItem> items, Func<TItem, TResult> map)
    {
        var results = new TResult[items.Count];
        if (results.Length < Few)
        {
            for (var i = 0; i < results.Length; i++) results[i] = map(items[i]);
            return results;
        }

        try
        {
            Parallel.For(0, results.Length, i => results[i] = map(items[i]));
            return results;
        }
        catch (AggregateException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
            throw;
        }
    }
}
