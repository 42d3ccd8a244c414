using System.Text.Json;
using DrmHub.Music.Catalogue;

namespace DrmHub.Music.Packaging;

/// <summary>What was made of which source, beside the rendition's file: the same work is not done twice, and work that was stopped goes on where it was.</summary>
/// <param name="Source">SHA-256 of the input.</param>
/// <param name="Settings">What else decides the bytes.</param>
internal sealed record RenditionState(string Source, string Settings, Rendition Rendition)
{
    private const int MaxBytes = 64 * 1024;

    public static string NameFor(string file) => file + ".json";

    /// <returns>Null where there is none, or it cannot be read: the work is then done.</returns>
    public static RenditionState? Read(string path)
    {
        try
        {
            var info = new FileInfo(path);
            if (!info.Exists || info.Length > MaxBytes) return null;
            return JsonSerializer.Deserialize<RenditionState>(File.ReadAllBytes(path), MusicJson.Stored);
        }
        catch (Exception exception) when (exception is JsonException or IOException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Whole or not at all.</summary>
    public void Write(string path, string workFolder)
    {
        var temporary = Path.Combine(workFolder, Path.GetRandomFileName());
        File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(this, MusicJson.Stored));
        File.Move(temporary, path, overwrite: true);
    }
}
