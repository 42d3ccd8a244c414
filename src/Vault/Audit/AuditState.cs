using System.Buffers.Binary;
using DrmHub.Vault.Audit.Notes;

namespace DrmHub.Vault.Audit;

/// <summary>Where the log stands, for who looks on.</summary>
/// <param name="Size">Entries under the newest published head; 0 before the first.</param>
/// <param name="Root">Root hash of that head in base64; null before the first.</param>
/// <param name="SignedAt">When it was signed.</param>
/// <param name="Durable">Entries in the log, under a head or not yet.</param>
/// <param name="SpooledBytes">Entries on this node's disk only.</param>
/// <param name="Stopped">Why the log takes no entries any more; null while it does.</param>
public sealed record AuditState(
    long Size, string? Root, DateTimeOffset? SignedAt, long Durable, long SpooledBytes, string? Stopped, string Key, IReadOnlyList<AuditWitness> Witnesses);

/// <summary>A witness that this node asks.</summary>
/// <param name="CosignedAt">When it cosigned the newest head, by its own clock; null where it has not.</param>
public sealed record AuditWitness(string Name, string Host, DateTimeOffset? CosignedAt)
{
    /// <summary>In the order of the configuration.</summary>
    internal static List<AuditWitness> Read(SignedNote? note, IReadOnlyList<WitnessOptions> options)
    {
        var witnesses = new List<AuditWitness>();
        foreach (var option in options)
        {
            if (!NoteKey.TryParse(option.Key, out var key)) continue;
            var line = note?.Signatures.FirstOrDefault(signature => signature.IsBy(key));
            witnesses.Add(new AuditWitness(key.Name, option.Url.Host, line is { Signature.Length: > 8 } ? Time(line.Signature) : null));
        }

        return witnesses;
    }

    /// <summary>A cosignature begins with its time, seconds since 1970 (C2SP tlog-cosignature).</summary>
    private static DateTimeOffset? Time(byte[] signature)
    {
        var seconds = BinaryPrimitives.ReadUInt64BigEndian(signature);
        return seconds <= 253_402_300_799 ? DateTimeOffset.FromUnixTimeSeconds((long)seconds) : null;
    }
}
