using System.Text.Json.Serialization;

namespace DrmHub.Vault.Rights;

/// <summary>The least copy protection of a digital output. Ordered: a higher value asks for more.</summary>
#pragma warning disable CA1707 // The names of versions as the DRM systems write them.
public enum HdcpVersion
{
    [JsonStringEnumMemberName("none")]
    None = 0,

    [JsonStringEnumMemberName("1")]
    V1 = 10,

    [JsonStringEnumMemberName("2")]
    V2 = 20,

    [JsonStringEnumMemberName("2.1")]
    V2_1 = 21,

    [JsonStringEnumMemberName("2.2")]
    V2_2 = 22,

    [JsonStringEnumMemberName("2.3")]
    V2_3 = 23,
}
#pragma warning restore CA1707
