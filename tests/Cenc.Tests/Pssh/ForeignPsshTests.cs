using System.Text.RegularExpressions;
using DrmHub.Cenc.Pssh;
using DrmHub.Testing;

namespace DrmHub.Cenc.Tests.Pssh;

/// <summary>Boxes that other key servers made, taken from the CPIX and SPEKE documents of the vector collection.</summary>
public sealed partial class ForeignPsshTests
{
    [SkippableFact]
    public void Boxes_are_read_and_built_again_byte_for_byte()
    {
        var systems = new HashSet<DrmSystem>();
        foreach (var bytes in Boxes())
        {
            var box = PsshBox.Parse(bytes);
            Assert.Equal(bytes, box.ToByteArray());
            systems.Add(box.System!.Value);

            // Not only kept: taken apart and put together from its parts.
            var rebuilt = box.System == DrmSystem.Widevine
                ? PsshBox.ForWidevine(WidevinePsshData.Parse(box.Data.Span))
                : PlayReadyObject.Create(PlayReadyObject.Parse(box.Data.Span).ReadHeader()!).ToPsshBox();
            Assert.Equal(bytes, rebuilt.ToByteArray());
        }

        Assert.Equal([DrmSystem.Widevine, DrmSystem.PlayReady], systems.Order());
    }

    [SkippableFact]
    public void A_widevine_box_names_its_provider_and_content()
    {
        var box = Boxes().Select(bytes => PsshBox.Parse(bytes)).First(each => each.System == DrmSystem.Widevine);

        var data = WidevinePsshData.Parse(box.Data.Span);

        Assert.Equal(1u, data.Algorithm);
        Assert.Equal("widevine_test", data.Provider);
        Assert.Equal("SD", data.TrackType);
        Assert.Equal("key-id:eSIcblaNbb7Dji6sAtKZzQ==", System.Text.Encoding.ASCII.GetString(data.ContentId.Span));
        Assert.Equal("79221c6e-568d-6dbe-c38e-2eac02d299cd", Assert.Single(data.KeyIds).ToString());
    }

    private static List<byte[]> Boxes()
    {
        var folder = SharedVectors.Find("vectors");
        Skip.If(folder is null, "shared vectors are absent");
        return [.. Directory.EnumerateFiles(folder!, "*.xml", SearchOption.AllDirectories)
            .SelectMany(path => Pssh().Matches(File.ReadAllText(path)))
            .Select(match => Convert.FromBase64String(match.Groups[1].Value))];
    }

    [GeneratedRegex("PSSH>([A-Za-z0-9+/=]{40,})<", RegexOptions.IgnoreCase)]
    private static partial Regex Pssh();
}
