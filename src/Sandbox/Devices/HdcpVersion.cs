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

    /// <summary>A key may go to no digital output at all; a device whose screen needs no cable counts as this.</summary>
    NoOutput = 255,
}

/// <summary>Names of the versions, as the command line, the play page and reports write them.</summary>
public static class HdcpVersions
{
    private static readonly Dictionary<string, HdcpVersion> ByName = new(StringComparer.Ordinal)
    {
        ["none"] = HdcpVersion.None,
        ["1"] = HdcpVersion.Hdcp1,
        ["2.0"] = HdcpVersion.Hdcp20,
        ["2.1"] = HdcpVersion.Hdcp21,
        ["2.2"] = HdcpVersion.Hdcp22,
        ["2.3"] = HdcpVersion.Hdcp23,
        ["no output"] = HdcpVersion.NoOutput,
    };

    /// <summary>What a device's output may offer: <c>none</c>, <c>1</c>, <c>2.0</c> to <c>2.3</c>.</summary>
    public static IReadOnlyList<string> Outputs { get; } = [.. ByName.Keys.Where(name => name != "no output")];

    public static string ToName(this HdcpVersion version) => ByName.First(item => item.Value == version).Key;

    public static bool TryParse(string name, out HdcpVersion version) => ByName.TryGetValue(name, out version);
}
