using System.Buffers.Binary;
using DrmHub.Vault.Audit.Encoding;

namespace DrmHub.Vault.Audit;

/// <summary>A committed batch as one value: for each entry, length and leaf, length and sealed details (16 bits each, big-endian).</summary>
internal static class JournalPayload
{
    public static byte[] Write(IReadOnlyList<Draft> drafts)
    {
        var length = 0;
        foreach (var draft in drafts) length += 4 + draft.Encoded!.Value.Leaf.Length + draft.Encoded.Value.Sealed.Length;
        var payload = new byte[length];
        var rest = payload.AsSpan();
        foreach (var draft in drafts)
        {
            Put(ref rest, draft.Encoded!.Value.Leaf);
            Put(ref rest, draft.Encoded.Value.Sealed);
        }

        return payload;
    }

    /// <exception cref="AuditFormatException">The payload does not hold exactly that many entries.</exception>
    public static void Read(ReadOnlyMemory<byte> payload, long entries, List<(ReadOnlyMemory<byte> Leaf, ReadOnlyMemory<byte> Sealed)> into)
    {
        for (long i = 0; i < entries; i++)
            into.Add((Take(ref payload), Take(ref payload)));
        if (!payload.IsEmpty) throw new AuditFormatException("A journal row has bytes left over.");
    }

    private static void Put(ref Span<byte> rest, byte[] value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(rest, checked((ushort)value.Length));
        value.CopyTo(rest[2..]);
        rest = rest[(2 + value.Length)..];
    }

    private static ReadOnlyMemory<byte> Take(ref ReadOnlyMemory<byte> payload)
    {
        if (payload.Length < 2) throw new AuditFormatException("A journal row ends early.");
        var length = BinaryPrimitives.ReadUInt16BigEndian(payload.Span);
        if (payload.Length < 2 + length) throw new AuditFormatException("A journal row ends early.");
        var value = payload.Slice(2, length);
        payload = payload[(2 + length)..];
        return value;
    }
}
