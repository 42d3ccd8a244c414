namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>The HEVC parameter sets in force: the newest of each id, from the configuration or in band.</summary>
internal sealed class HevcParameterSets
{
    private readonly HevcSps?[] _sps = new HevcSps?[HevcSps.MaxId + 1];
    private readonly HevcPps?[] _pps = new HevcPps?[HevcPps.MaxId + 1];

    /// <param name="payload">The NAL unit without its header.</param>
    public void AddSps(ReadOnlySpan<byte> payload)
    {
        var sps = HevcSps.Parse(payload);
        _sps[sps.Id] = sps;
    }

    /// <inheritdoc cref="AddSps"/>
    public void AddPps(ReadOnlySpan<byte> payload)
    {
        var pps = HevcPps.Parse(payload);
        _pps[pps.Id] = pps;
    }

    public HevcSps Sps(int id) => _sps[id] ?? throw new CencFormatException($"A slice needs the sequence parameter set {id}, which is unknown.");

    public HevcPps Pps(int id) => _pps[id] ?? throw new CencFormatException($"A slice needs the picture parameter set {id}, which is unknown.");
}
