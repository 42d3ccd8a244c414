namespace DrmHub.Host.Pages.Charts;

/// <summary>Where an axis ends.</summary>
internal static class Scale
{
    /// <summary>The next of 1, 2, 4, 5, 10, 20, 40, 50 … that is not below.</summary>
    public static long RoundUp(long value)
    {
        if (value <= 1) return 1;
        var power = (long)Math.Pow(10, Math.Floor(Math.Log10(value)));
        foreach (var step in (long[])[1, 2, 4, 5, 10])
            if (power * step >= value) return power * step;
        return power * 10;
    }
}
