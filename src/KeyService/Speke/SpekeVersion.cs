namespace DrmHub.KeyService.Speke;

/// <summary>The versions that <c>X-Speke-Version</c> names; v1 has no such header.</summary>
public enum SpekeVersion
{
    /// <summary>With CPIX 2.3.</summary>
    V20,

    /// <summary>With CPIX 2.4.</summary>
    V21,
}

/// <summary>Names of the versions.</summary>
public static class SpekeVersions
{
    /// <summary>Reads <c>X-Speke-Version</c>.</summary>
    /// <exception cref="SpekeException">Another version: the body is not to be looked at.</exception>
    public static SpekeVersion Parse(string? header) => header?.Trim() switch
    {
        "2.0" => SpekeVersion.V20,
        "2.1" => SpekeVersion.V21,
        _ => throw new SpekeException(SpekeMessages.UnsupportedSpekeVersion),
    };

    /// <summary>The value of <c>X-Speke-Version</c>.</summary>
    public static string ToHeader(this SpekeVersion version) => version == SpekeVersion.V21 ? "2.1" : "2.0";

    /// <summary>The one CPIX version that belongs to it.</summary>
    public static string ToCpixVersion(this SpekeVersion version) => version == SpekeVersion.V21 ? "2.4" : "2.3";
}
