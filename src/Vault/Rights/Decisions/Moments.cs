namespace DrmHub.Vault.Rights;

/// <summary>Sums and differences of UTC milliseconds that saturate: for ever stays for ever.</summary>
internal static class Moments
{
    public static long Add(long moment, long seconds) =>
        seconds >= (long.MaxValue - Math.Max(moment, 0)) / 1000 ? long.MaxValue : moment + (seconds * 1000);

    /// <summary>Whole seconds that are left, at least one: what ends within the second may still be named.</summary>
    public static long SecondsUntil(long end, long now) => end == long.MaxValue ? long.MaxValue : Math.Max(1, (end - now) / 1000);
}
