using DrmHub.Cenc;
using DrmHub.Vault.Keys;

namespace DrmHub.EndToEnd.Tests.Matrix;

/// <summary>The tracks of every title in the matrix; one key each.</summary>
internal enum MatrixTrack
{
    Audio,
    SD,

    /// <summary>A key whose range ends at 720p.</summary>
    HD720,

    /// <summary>A key whose range reaches 1080p.</summary>
    HD1080,
    UHD,
}

/// <summary>A title and its keys, as they were put into custody.</summary>
internal sealed record MatrixTitle(string ContentId, IReadOnlyDictionary<MatrixTrack, KeyId> KeyIds, IReadOnlyDictionary<KeyId, byte[]> Keys)
{
    public static readonly IReadOnlyList<MatrixTrack> Tracks = Enum.GetValues<MatrixTrack>();

    public static IReadOnlyList<KeySpec> Specs() =>
    [
        new() { Track = "AUDIO", Scheme = ProtectionScheme.Cbcs },
        new() { Track = "SD", Scheme = ProtectionScheme.Cbcs, MinPixels = 0, MaxPixels = 589_824 },
        new() { Track = "HD720", Scheme = ProtectionScheme.Cbcs, MinPixels = 589_825, MaxPixels = 921_600 },
        new() { Track = "HD", Scheme = ProtectionScheme.Cbcs, MinPixels = 921_601, MaxPixels = 2_073_600 },
        new() { Track = "UHD1", Scheme = ProtectionScheme.Cbcs, MinPixels = 2_073_601, MaxPixels = 8_847_360 },
    ];

    public MatrixTrack TrackOf(KeyId keyId) => KeyIds.First(item => item.Value == keyId).Key;
}
