namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>The H.264 parameter sets in force: the newest of each id, from the configuration or in band.</summary>
internal sealed class AvcParameterSets
{
    private readonly AvcSps?[] _sps = new AvcSps?[AvcSps.MaxId + 1];
    private readonly AvcPps?[] _pps = new AvcPps?[AvcPps.MaxId + 1];

    /// <param name="payload">The NAL unit without its header byte.</param>
    public void AddSps(ReadOnlySpan<byte> payload)
    {
        var sps = AvcSps.Parse(payload);
        _sps[sps.Id] = sps;
    }

    /// <inheritdoc cref="AddSps"/>
    public void AddPps(ReadOnlySpan<byte> payload)
    {
        var pps = AvcPps.Parse(payload);
        _pps[pps.Id] = pps;
    }

    public AvcSps Sps(int id) => _sps[id] ?? throw new CencFormatException($"A slice needs the sequence parameter set {id}, which is unknown.");

    public AvcPps Pps(int id) => _pps[id] ?? throw new CencFormatException($"A slice needs the picture parameter set {id}, which is unknown.");
}
