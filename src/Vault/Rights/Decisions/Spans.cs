using System.Runtime.InteropServices;

namespace DrmHub.Vault.Rights;

/// <summary>Lists as spans: the decision looks at each subscription once for every deal, and a call through an interface costs more than the look.</summary>
internal static class Spans
{
    public static ReadOnlySpan<T> Of<T>(IReadOnlyList<T>? list) => list switch
    {
        null or { Count: 0 } => [],
        T[] array => array,
        List<T> several => CollectionsMarshal.AsSpan(several),
        _ => list.ToArray(),
    };
}
