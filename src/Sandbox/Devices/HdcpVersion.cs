namespace DrmHub.Sandbox.Devices;

/// <summary>Protection of a digital output; the values are Widevine's.</summary>
public enum HdcpVersion
{
    None = 0,
    Hdcp1 = 1,
    Hdcp20 = 2,
    Hdcp21 = 3,
    Hdcp22 = 4,
    Hdcp23 = 5,

    /// <summary>A key may go to no digital output at all.</summary>
    NoOutput = 255,
}
