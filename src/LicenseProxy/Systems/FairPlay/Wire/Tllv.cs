namespace DrmHub.LicenseProxy.Systems.FairPlay.Wire;

/// <summary>
/// One element of an SPC or CKC payload, big-endian: tag (8), length of value and padding together (4, a multiple of 16), length of
/// the value (4), value, random padding.
/// </summary>
/// <param name="Whole">All of it, padding included: what a CKC echoes where an SPC asks for its return.</param>
internal readonly record struct Tllv(ulong Tag, ReadOnlyMemory<byte> Value, ReadOnlyMemory<byte> Whole)
{
    /// <summary>Bytes before the value.</summary>
    public const int HeaderSize = 16;

    /// <summary>Payloads are enciphered whole, so every element ends on a cipher block.</summary>
    public const int Alignment = 16;
}
