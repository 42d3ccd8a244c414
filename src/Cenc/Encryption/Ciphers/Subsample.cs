namespace DrmHub.Cenc.Encryption;

/// <summary>One entry of <c>senc</c> (ISO/IEC 23001-7, 7.2): clear bytes, then protected bytes, both counts in bytes.</summary>
public readonly record struct Subsample(ushort ClearBytes, uint ProtectedBytes);
