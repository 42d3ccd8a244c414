using System.Buffers.Binary;
using System.Security.Cryptography;

namespace DrmHub.Sandbox.Wire;

/// <summary>One block of an SPC or a CKC: tag, length of the value with its padding (a multiple of 16), length of the value, value, padding.</summary>
/// <param name="Raw">The block as it stands, header and padding included.</param>
internal sealed record Tllv(ulong Tag, ReadOnlyMemory<byte> Value, ReadOnlyMemory<byte> Raw)
{
    private const int HeaderSize = 16;
    private const int Alignment = 16;
    private const int MaxBlocks = 256;

    /// <summary>A block with random padding; where the value fills its last 16 bytes it gets none.</summary>
    public static Tllv Create(ulong tag, ReadOnlySpan<byte> value)
    {
        var padded = (value.Length + Alignment - 1) / Alignment * Alignment;
        var raw = new byte[HeaderSize + padded];
        BinaryPrimitives.WriteUInt64BigEndian(raw, tag);
        BinaryPrimitives.WriteUInt32BigEndian(raw.AsSpan(8), (uint)padded);
        BinaryPrimitives.WriteUInt32BigEndian(raw.AsSpan(12), (uint)value.Length);
        value.CopyTo(raw.AsSpan(HeaderSize));
        RandomNumberGenerator.Fill(raw.AsSpan(HeaderSize + value.Length));
        return new Tllv(tag, raw.AsMemory(HeaderSize, value.Length), raw);
    }

    public static Tllv Create(ulong tag, params ReadOnlySpan<ulong> numbers)
    {
        var value = new byte[numbers.Length * 8];
        for (var i = 0; i < numbers.Length; i++) BinaryPrimitives.WriteUInt64BigEndian(value.AsSpan(i * 8), numbers[i]);
        return Create(tag, value);
    }

    public static Tllv Create(ulong tag, params ReadOnlySpan<uint> numbers)
    {
        var value = new byte[numbers.Length * 4];
        for (var i = 0; i < numbers.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(value.AsSpan(i * 4), numbers[i]);
        return Create(tag, value);
    }

    /// <exception cref="SandboxException">Lengths that do not fit, a tag twice (-42591), or too many blocks.</exception>
    public static IReadOnlyDictionary<ulong, Tllv> ParseAll(ReadOnlyMemory<byte> payload)
    {
        var blocks = new Dictionary<ulong, Tllv>();
        while (!payload.IsEmpty)
        {
            if (blocks.Count == MaxBlocks) throw Broken("There are too many blocks.");
            if (payload.Length < HeaderSize) throw Broken("A block's header is cut off.");
            var span = payload.Span;
            var (tag, total, length) = (BinaryPrimitives.ReadUInt64BigEndian(span), BinaryPrimitives.ReadUInt32BigEndian(span[8..]), BinaryPrimitives.ReadUInt32BigEndian(span[12..]));
            if (total % Alignment != 0 || total > payload.Length - HeaderSize || length > total) throw Broken("A block's lengths do not fit.");
            var raw = payload[..(HeaderSize + (int)total)];
            if (!blocks.TryAdd(tag, new Tllv(tag, raw.Slice(HeaderSize, (int)length), raw))) throw new SandboxException(SandboxFailure.Format, $"The block {tag:x16} is there twice.", "-42591");
            payload = payload[raw.Length..];
        }

        return blocks;
    }

    /// <exception cref="SandboxException">The value has another length.</exception>
    public ReadOnlySpan<byte> Sized(int length) => Value.Length == length ? Value.Span : throw Broken($"The block {Tag:x16} has not {length} bytes.");

    public ulong Number() => BinaryPrimitives.ReadUInt64BigEndian(Sized(8));

    private static SandboxException Broken(string message) => new(SandboxFailure.Format, message, "-42581");
}
