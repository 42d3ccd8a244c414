namespace DrmHub.LicenseProxy.Systems.FairPlay.Wire;

/// <summary>The numbers under which Apple's server software reports what is wrong with a request.</summary>
internal enum FairPlayStatus
{
    Ok = 0,

    /// <summary>The SPC's version is none that is known.</summary>
    SpcVersion = -42580,

    Parse = -42581,

    MissingTag = -42583,

    Parameter = -42585,

    Integrity = -42589,

    /// <summary>A protocol version inside the SPC, or version 3's transport id.</summary>
    Version = -42590,

    DuplicateTag = -42591,

    Internal = -42601,

    /// <summary>The device's security level is too low.</summary>
    SecurityLevel = -42604,

    /// <summary>The SPC was made for a certificate that is not here.</summary>
    Certificate = -42605,

    NotImplemented = -42612,
}
