using DrmHub.Cenc.Pssh;

namespace DrmHub.KeyService.WidevineKeys;

/// <summary>Content and group ids are bytes in this API and text everywhere else in the hub.</summary>
internal static class WidevineContentNames
{
    private const string GroupPrefix = "group:";

    public static string NameOf(ReadOnlySpan<byte> contentId) => WidevineContentId.ToText(contentId);

    /// <summary>The content id that holds the keys which a group shares.</summary>
    public static string NameOfGroup(ReadOnlySpan<byte> groupId) => GroupPrefix + NameOf(groupId);

    public static byte[] ToBytes(string name) => WidevineContentId.ToBytes(name);
}
