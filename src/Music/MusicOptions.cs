namespace DrmHub.Music;

/// <summary>What a hub of music needs to know. Configuration section <c>Music</c>.</summary>
public sealed class MusicOptions
{
    /// <summary>The address under which players reach the hub, for feeds and manifests; null takes the one that was asked.</summary>
    public string? PublicUrl { get; set; }
}
