using System.Text.Json.Serialization;

namespace DrmHub.Vault.Rights;

/// <summary>The quality label of an audio key. A key without a label counts as <see cref="Lossless"/>, the top.</summary>
public enum AudioQuality
{
    [JsonStringEnumMemberName("low")]
    Low,

    [JsonStringEnumMemberName("high")]
    High,

    [JsonStringEnumMemberName("lossless")]
    Lossless,
}
