using System.Text.Json;
using System.Text.Json.Serialization;

namespace DrmHub.Music;

/// <summary>How the catalogue is written: camel case, enumerations by name, absent instead of null. A member that does not exist is refused, because it is a typing error.</summary>
internal static class MusicJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        AllowDuplicateProperties = false,
        NumberHandling = JsonNumberHandling.Strict,
        PropertyNameCaseInsensitive = false,
        MaxDepth = 16,
    };

    /// <summary>For what this program wrote itself: a newer one may have added members.</summary>
    public static readonly JsonSerializerOptions Stored = new(Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip };
}
