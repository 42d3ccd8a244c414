using System.Buffers.Binary;

namespace DrmHub.LicenseProxy.Systems.FairPlay.Wire;

/// <summary>Where the playback stands that an SPC was made in. Only an SPC with one may be answered with a duration.</summary>
/// <param name="Date">Seconds, by the device's clock.</param>
/// <param name="Session">The same for all SPCs of one playback.</param>
internal readonly record struct PlaybackState(uint Date, uint State, ulong Session)
{
    public const int Size = 16;

    public const uint Ready = 0xf4dee5a2;
    public const uint PlayingKeyNotRequired = 0xa5d6739e;
    public const uint LeaseExpiring = 0x4f834330;
    public const uint Halted = 0x5991bf20;

    /// <summary>The device has a key of this playback and asks to go on with it.</summary>
    public bool IsRenewal => State is LeaseExpiring or PlayingKeyNotRequired;

    public static PlaybackState Read(ReadOnlySpan<byte> value) => new(
        BinaryPrimitives.ReadUInt32BigEndian(value), BinaryPrimitives.ReadUInt32BigEndian(value[4..]), BinaryPrimitives.ReadUInt64BigEndian(value[8..]));
}
