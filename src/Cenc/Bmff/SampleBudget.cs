namespace DrmHub.Cenc.Bmff;

/// <summary>
/// How many samples the tables of an input may announce. A table can say "a million samples of one byte" in a few bytes, and each takes
/// memory here: 0.35 samples for each byte of input keep that below 16 times the input, and real media far away (the smallest real
/// samples are Opus packets of silence, three bytes each).
/// </summary>
/// <param name="inputLength">Bytes; null for a pipe, where <see cref="BmffLimits"/> alone bound memory.</param>
internal sealed class SampleBudget(long? inputLength)
{
    private const int Always = 1024;

    private readonly long _most = inputLength is { } length ? Always + (length / 20 * 7) : long.MaxValue;
    private long _taken;

    public static SampleBudget Of(MediaInput input) => new(input.CanSeek ? input.Length : null);

    /// <summary>True if what may be taken is in proportion to the input, so that room can be made at once.</summary>
    public bool IsBound => _most < long.MaxValue;

    /// <summary>False if so many more are too many.</summary>
    public bool TryTake(long samples)
    {
        if (samples > _most - _taken) return false;
        _taken += samples;
        return true;
    }

    /// <summary>Begins to count anew, where the samples of before were given up.</summary>
    public void Reset() => _taken = 0;
}
