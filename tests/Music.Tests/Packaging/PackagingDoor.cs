using DrmHub.Music.Catalogue;
using DrmHub.Music.Packaging;
using DrmHub.Testing;

namespace DrmHub.Music.Tests.Packaging;

/// <summary>A packager over a real vault, with a recording <c>rec-1</c> and a folder for files.</summary>
internal sealed class PackagingDoor : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;

    private PackagingDoor(MusicDoor music, TemporaryFolder folder, bool useFFmpeg, PackagingLimits? limits)
    {
        Music = music;
        _folder = folder;
        Packager = new MusicPackager(music.Catalogue, music.Vault.Keys, music.Vault.Audit, new MediaFolder(MediaPath), limits) { UseFFmpeg = useFFmpeg };
    }

    public MusicDoor Music { get; }

    public MusicPackager Packager { get; }

    public MusicIngest Ingest => new(Music.Catalogue, Packager);

    public string MediaPath => _folder["media"];

    public static async Task<PackagingDoor> OpenAsync(bool useFFmpeg = true, PackagingLimits? limits = null, string? postgreSql = null)
    {
        var folder = new TemporaryFolder();
        var music = await MusicDoor.OpenAsync(configure: options => options.MediaFolder = folder["media"], postgreSql: postgreSql);
        await music.Catalogue.PutAsync(new Recording { Id = "rec-1", Titles = [new LocalText("One")] }, null, MusicActor.CommandLine);
        return new PackagingDoor(music, folder, useFFmpeg, limits);
    }

    public string Write(string name, byte[] bytes) => _folder.Write(name, bytes);

    public string NameOf(string name) => _folder[name];

    public Task<PackagingResult> PackageAsync(string path, Func<PackagingRequest, PackagingRequest>? change = null)
    {
        var request = new PackagingRequest { Path = path, OwnerId = "rec-1", ContentId = "rec-1" };
        return Packager.PackageAsync(change?.Invoke(request) ?? request, MusicActor.CommandLine, null, null, CancellationToken.None);
    }

    public string FileOf(Rendition rendition) => Path.Combine(MediaPath, rendition.File!);

    /// <summary>Every file under the media folder, unfinished work too.</summary>
    public string[] Files() => Directory.Exists(MediaPath) ? Directory.GetFiles(MediaPath, "*", SearchOption.AllDirectories) : [];

    public async ValueTask DisposeAsync()
    {
        await Music.DisposeAsync();
        _folder.Dispose();
    }
}
