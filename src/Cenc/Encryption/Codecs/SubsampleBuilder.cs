namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>
/// Joins clear and protected pieces of a sample into <c>senc</c> entries: clear pieces add up until the next protected one; a clear run
/// over 65535 bytes is split; with alignment the odd bytes of a protected range move from its start to the clear run (ISO/IEC 23001-7, 9.5).
/// </summary>
internal ref struct SubsampleBuilder(List<Subsample> output, bool align)
{
    /// <summary>The count in <c>senc</c> has 16 bits.</summary>
    private const int MaxEntries = ushort.MaxValue;

    private readonly int _before = output.Count;
    private long _clear;

    public void AddClear(long bytes) => _clear += bytes;

    public void AddProtected(long bytes)
    {
        if (align)
        {
            _clear += bytes % 16;
            bytes -= bytes % 16;
        }

        if (bytes == 0) return;
        SplitClear();
        Add(new Subsample((ushort)_clear, (uint)bytes));
        _clear = 0;
    }

    /// <summary>Writes the clear bytes at the end of the sample.</summary>
    public void Finish()
    {
        SplitClear();
        if (_clear > 0) Add(new Subsample((ushort)_clear, 0));
        _clear = 0;
    }

    private void SplitClear()
    {
        for (; _clear > ushort.MaxValue; _clear -= ushort.MaxValue) Add(new Subsample(ushort.MaxValue, 0));
    }

    private readonly void Add(Subsample subsample)
    {
        if (output.Count - _before == MaxEntries) throw new CencFormatException($"A sample has more than {MaxEntries} subsamples.");
        output.Add(subsample);
    }
}
