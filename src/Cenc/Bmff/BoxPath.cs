namespace DrmHub.Cenc.Bmff;

/// <summary>Where a reader stands: the chain of open boxes. It turns a complaint into the one exception that names box and offset.</summary>
internal sealed class BoxPath(BmffLimits limits)
{
    private readonly uint[] _types = new uint[limits.MaxDepth];
    private readonly long[] _offsets = new long[limits.MaxDepth];
    private int _depth;
    private int _boxes;

    public BmffLimits Limits { get; } = limits;

    /// <summary>Type of the box around the current one; 0 at the top.</summary>
    public uint Parent => _depth >= 2 ? _types[_depth - 2] : 0;

    public void Enter(uint type, long offset)
    {
        if (_depth == _types.Length) throw Error($"boxes are nested deeper than {_types.Length}");
        if (++_boxes > Limits.MaxBoxes) throw Error($"more than {Limits.MaxBoxes} boxes");
        _types[_depth] = type;
        _offsets[_depth++] = offset;
    }

    public void Leave() => _depth--;

    public CencFormatException Error(string message) =>
        new(message, _depth == 0 ? "file" : string.Join('/', _types.Take(_depth).Select(BoxType.Name)), _depth == 0 ? 0 : _offsets[_depth - 1]);
}
