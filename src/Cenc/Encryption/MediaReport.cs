using DrmHub.Cenc.Bmff;
using DrmHub.Cenc.Bmff.Boxes;

namespace DrmHub.Cenc.Encryption;

/// <summary>The protection of a sample description, or of a key rotation group.</summary>
public sealed record ProtectionDescription
{
    /// <summary>cenc, cens, cbc1, cbcs, or whatever code the file has.</summary>
    public required string Scheme { get; init; }

    /// <summary>All zero where keys come from sample groups.</summary>
    public required KeyId KeyId { get; init; }

    /// <summary>Bytes of each sample's IV: 8 or 16; 0 where it is constant.</summary>
    public required int IvSize { get; init; }

    /// <summary>8 or 16 bytes where the IV is constant; else empty.</summary>
    public ReadOnlyMemory<byte> ConstantIv { get; init; }

    public EncryptionPattern Pattern { get; init; }
}

/// <summary>A track of a file, with its protection.</summary>
public sealed record TrackReport
{
    public required TrackDescription Track { get; init; }

    /// <summary>One for each protected sample description; empty for a clear track.</summary>
    public IReadOnlyList<ProtectionDescription> Protections { get; init; } = [];

    /// <summary>A clear description beside a protected one: the file has, or may have, a clear lead.</summary>
    public bool HasClearDescription { get; init; }

    /// <summary>Keys of sample groups in the order of their first use; more than one means key rotation.</summary>
    public IReadOnlyList<ProtectionDescription> Groups { get; init; } = [];

    public long Samples { get; init; }

    /// <summary>Bytes of all samples.</summary>
    public long Bytes { get; init; }

    /// <summary>Of all samples, in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>Every key id that this track's protection names, the zero id left out.</summary>
    public IReadOnlyList<KeyId> KeyIds => [.. Protections.Concat(Groups).Select(protection => protection.KeyId).Where(id => !id.IsZero).Distinct()];
}

/// <summary>A <c>pssh</c> box of a file.</summary>
/// <param name="Box">The whole box.</param>
/// <param name="Offset">Where it was found first, in bytes from the start.</param>
/// <param name="InFragment">True if a <c>moof</c> held it.</param>
public sealed record PsshReport(ReadOnlyMemory<byte> Box, long Offset, bool InFragment)
{
    public Guid SystemId => ((RawPsshBox)Bmff.Box.Parse(Box)).SystemId;
}

/// <summary>What <see cref="MediaProbe"/> found.</summary>
public sealed record MediaReport
{
    public required IReadOnlyList<TrackReport> Tracks { get; init; }

    /// <summary>Different boxes in the order in which they come.</summary>
    public required IReadOnlyList<PsshReport> PsshBoxes { get; init; }

    public bool IsFragmented { get; init; }

    public int Fragments { get; init; }
}
