namespace DrmHub.Vault.Rights;

/// <summary>A set of two-letter codes as 676 bits, so that a lookup is one load and a shift.</summary>
internal sealed class CountrySet
{
    /// <summary>Marks what is no two-letter code, or is unknown.</summary>
    public const int Unknown = -1;

    private const int Letters = 26;

    private readonly ulong[] _bits = new ulong[((Letters * Letters) + 63) / 64];

    /// <param name="included">Empty means all.</param>
    /// <param name="excluded">Taken out.</param>
    public CountrySet(IEnumerable<string> included, IEnumerable<string> excluded)
    {
        var any = false;
        foreach (var code in included)
        {
            any = true;
            if (IndexOf(code) is var index and not Unknown) _bits[index >> 6] |= 1UL << (index & 63);
        }

        if (!any) Array.Fill(_bits, ulong.MaxValue);
        CoversUnknown = !any;
        foreach (var code in excluded)
        {
            CoversUnknown = false;
            if (IndexOf(code) is var index and not Unknown) _bits[index >> 6] &= ~(1UL << (index & 63));
        }
    }

    /// <summary>True only for the whole world: an unknown country may be any.</summary>
    public bool CoversUnknown { get; }

    /// <summary>The index of a code of two letters A to Z, or <see cref="Unknown"/>.</summary>
    public static int IndexOf(string? code) =>
        code is [>= 'A' and <= 'Z', >= 'A' and <= 'Z'] ? ((code[0] - 'A') * Letters) + (code[1] - 'A') : Unknown;

    public bool Contains(int index) => index == Unknown ? CoversUnknown : (_bits[index >> 6] >> (index & 63) & 1) != 0;
}
