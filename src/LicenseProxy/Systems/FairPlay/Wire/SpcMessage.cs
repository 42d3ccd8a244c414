using System.Buffers.Binary;

namespace DrmHub.LicenseProxy.Systems.FairPlay.Wire;

/// <summary>What an opened SPC says. The memories are slices of the deciphered payload.</summary>
internal sealed class SpcMessage
{
    private const int SessionBlockSize = 112;
    private const int BlockSize = 16;
    private const int R2Size = 21;
    private const int MinAssetId = 2;
    private const int MaxAssetId = 200;
    private const int MaxVersions = 100;

    private readonly Dictionary<ulong, Tllv> _elements = [];

    private SpcMessage(IReadOnlyList<Tllv> elements)
    {
        foreach (var element in elements)
            if (SpcTags.IsKnown(element.Tag)) _elements.Add(element.Tag, element);
        if (_elements.ContainsKey(SpcTags.SessionBlockV3) && !_elements.ContainsKey(SpcTags.SessionBlock))
            throw new FairPlayException(FairPlayStatus.NotImplemented, "The SPC's session block is of version 3: an external key security module opens it.");
        SessionBlock = Required(SpcTags.SessionBlock, SessionBlockSize);
        Integrity = Required(SpcTags.Integrity, BlockSize);
        AntiReplaySeed = Required(SpcTags.AntiReplaySeed, BlockSize);
        R2 = Required(SpcTags.R2, R2Size);
        AssetId = Required(SpcTags.AssetId);
        if (AssetId.Length is < MinAssetId or > MaxAssetId) throw Malformed($"The asset id has not {MinAssetId} to {MaxAssetId} bytes.");
        TransactionId = BinaryPrimitives.ReadUInt64BigEndian(Required(SpcTags.TransactionId, 8).Span);
        CheckVersions();
        Returned = ReadReturned(elements);
        PlaybackState = Optional(SpcTags.PlaybackState, Wire.PlaybackState.Size, out var playback) ? Wire.PlaybackState.Read(playback.Span) : null;
        Device = DeviceReport.Read(_elements);
    }

    public ReadOnlyMemory<byte> SessionBlock { get; }

    public ReadOnlyMemory<byte> Integrity { get; }

    public ReadOnlyMemory<byte> AntiReplaySeed { get; }

    public ReadOnlyMemory<byte> R2 { get; }

    public ReadOnlyMemory<byte> AssetId { get; }

    public ulong TransactionId { get; }

    public PlaybackState? PlaybackState { get; }

    public DeviceReport Device { get; }

    /// <summary>The elements that the device wants back in the CKC, as they came and in the order in which it lists them.</summary>
    public IReadOnlyList<Tllv> Returned { get; }

    /// <exception cref="FairPlayException">Parse, MissingTag, DuplicateTag, Version, NotImplemented.</exception>
    public static SpcMessage Parse(ReadOnlyMemory<byte> payload) => new(TllvReader.Read(payload));

    /// <summary>The version in use is one that the device lists; nobody in between may take it back to an older one that it does not.</summary>
    private void CheckVersions()
    {
        var used = BinaryPrimitives.ReadUInt32BigEndian(Required(SpcTags.VersionUsed, 4).Span);
        var supported = Required(SpcTags.VersionsSupported).Span;
        if (supported.Length is 0 or > MaxVersions * 4 || supported.Length % 4 != 0) throw Malformed("The list of protocol versions is no list of 4-byte numbers.");
        for (var i = 0; i < supported.Length; i += 4)
            if (BinaryPrimitives.ReadUInt32BigEndian(supported[i..]) == used) return;
        throw new FairPlayException(FairPlayStatus.Version, "The protocol version in use is none that the device supports.");
    }

    private List<Tllv> ReadReturned(IReadOnlyList<Tllv> elements)
    {
        var tags = Required(SpcTags.ReturnRequest).Span;
        if (tags.Length % 8 != 0) throw Malformed("The list of elements to return is no list of 8-byte tags.");
        var returned = new List<Tllv>();
        for (var i = 0; i < tags.Length; i += 8)
        {
            var tag = BinaryPrimitives.ReadUInt64BigEndian(tags[i..]);

            // A list longer than the message is not the device's: once for each element is all that it can want.
            if (returned.Exists(element => element.Tag == tag)) throw new FairPlayException(FairPlayStatus.DuplicateTag, $"The element {tag:x16} is to be returned twice.");
            foreach (var element in elements)
                if (element.Tag == tag) returned.Add(element);
        }

        return returned;
    }

    private ReadOnlyMemory<byte> Required(ulong tag) =>
        _elements.TryGetValue(tag, out var element) ? element.Value : throw new FairPlayException(FairPlayStatus.MissingTag, $"The element {tag:x16} is missing.");

    private ReadOnlyMemory<byte> Required(ulong tag, int size)
    {
        var value = Required(tag);
        return value.Length == size ? value : throw Malformed($"The element {tag:x16} has {value.Length} bytes instead of {size}.");
    }

    private bool Optional(ulong tag, int size, out ReadOnlyMemory<byte> value)
    {
        value = default;
        if (!_elements.ContainsKey(tag)) return false;
        value = Required(tag, size);
        return true;
    }

    private static FairPlayException Malformed(string message) => new(FairPlayStatus.Parse, message);
}
