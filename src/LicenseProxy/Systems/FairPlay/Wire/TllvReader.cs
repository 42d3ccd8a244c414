using System.Buffers.Binary;

namespace DrmHub.LicenseProxy.Systems.FairPlay.Wire;

/// <summary>Reads the elements of a payload; every length is checked against what is there.</summary>
internal static class TllvReader
{
    /// <summary>Real SPCs have 10 to 25 elements.</summary>
    private const int MaxElements = 128;

    /// <exception cref="FairPlayException">Parse: an element does not fit. DuplicateTag: a known tag comes twice.</exception>
    public static IReadOnlyList<Tllv> Read(ReadOnlyMemory<byte> payload)
    {
        var elements = new List<Tllv>();
        var known = new HashSet<ulong>();
        for (var rest = payload; !rest.IsEmpty;)
        {
            if (elements.Count == MaxElements) throw Malformed($"The payload has more than {MaxElements} elements.");
            if (rest.Length < Tllv.HeaderSize) throw Malformed("The payload ends inside an element's header.");
            var span = rest.Span;
            var tag = BinaryPrimitives.ReadUInt64BigEndian(span);
            var total = BinaryPrimitives.ReadUInt32BigEndian(span[8..]);
            var length = BinaryPrimitives.ReadUInt32BigEndian(span[12..]);
            if (total % Tllv.Alignment != 0) throw Malformed("An element's length is no multiple of 16.");
            if (total > rest.Length - Tllv.HeaderSize) throw Malformed("An element is longer than the payload.");
            if (length > total) throw Malformed("An element's value is longer than the element.");
            if (SpcTags.IsKnown(tag) && !known.Add(tag)) throw new FairPlayException(FairPlayStatus.DuplicateTag, $"The element {tag:x16} comes twice.");
            var end = Tllv.HeaderSize + (int)total;
            elements.Add(new Tllv(tag, rest.Slice(Tllv.HeaderSize, (int)length), rest[..end]));
            rest = rest[end..];
        }

        return elements;
    }

    private static FairPlayException Malformed(string message) => new(FairPlayStatus.Parse, message);
}
