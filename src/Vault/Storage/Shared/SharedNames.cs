namespace DrmHub.Vault.Storage.Shared;

/// <summary>Argument checks that both implementations share: misuse throws, on either.</summary>
internal static class SharedNames
{
    private const int MaxLength = 512;

    public static void Check(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Length > MaxLength) throw new ArgumentException($"A name has up to {MaxLength} characters.", nameof(name));
    }

    public static void CheckLifetime(TimeSpan lifetime)
    {
        if (lifetime < TimeSpan.FromMilliseconds(1) || lifetime > TimeSpan.FromDays(400)) throw new ArgumentOutOfRangeException(nameof(lifetime), "A lifetime is 1 ms to 400 days.");
    }

    public static void CheckRate(int burst, double perSecond)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(burst, 1);
        if (!(perSecond > 0) || double.IsInfinity(perSecond)) throw new ArgumentOutOfRangeException(nameof(perSecond), "A rate is more than 0.");
    }
}
