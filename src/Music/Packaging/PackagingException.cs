namespace DrmHub.Music.Packaging;

/// <summary>A file that cannot become a rendition. Nothing of it was stored.</summary>
/// <param name="code">Stable: <c>audio.unsupported</c>, <c>audio.broken</c>, <c>audio.too_large</c>, <c>audio.needs_ffmpeg</c>, <c>audio.file</c>.</param>
/// <param name="message">For the operator; without a stack or a part of a key.</param>
public sealed class PackagingException(string code, string message) : Exception(message)
{
    public string Code { get; } = code;
}
