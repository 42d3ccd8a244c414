using DrmHub.Cenc.Encryption;
using DrmHub.Cenc.Pssh;
using DrmHub.Cenc.Signalling;
using DrmHub.Testing;

namespace DrmHub.Cenc.Tests.Docs;

/// <summary>The C# examples of docs/cenc.md: compiled here, run here, and compared with the page to the letter.</summary>
public sealed class CencPageExamples
{
    [Fact]
    public void Encrypting_and_decrypting()
    {
        using var folder = new ExampleFolder();
        var (clearPath, protectedPath, clearAgainPath) = (folder.Sample("demo-sd.mp4"), folder["protected.mp4"], folder["clear.mp4"]);

        // <encrypt>
        var keyId = KeyId.Parse("abba271e-8bcf-552b-bd2e-86a434a9a5d9");
        using var key = ContentKey.Random();

        using (var encryptor = new FileEncryptor(new EncryptionOptions
        {
            Scheme = ProtectionScheme.Cbcs,
            Keys = EncryptionOptions.KeysByLabel([("VIDEO", new TrackKey(keyId, key))]),
            PsshBoxes = [PsshBox.ForCommon([keyId]).ToByteArray()],
        }))
        using (var source = File.OpenRead(clearPath))
        using (var target = File.Create(protectedPath))
        {
            encryptor.Encrypt(source, target);
        }

        using (var decryptor = new FileDecryptor(new DecryptionOptions { Keys = id => id == keyId ? key : null }))
        using (var source = File.OpenRead(protectedPath))
        using (var target = File.Create(clearAgainPath))
        {
            decryptor.Decrypt(source, target);
        }
        // </encrypt>

        Assert.Equal(File.ReadAllBytes(clearPath), File.ReadAllBytes(clearAgainPath));

        var printed = new StringWriter();
        using var console = new ConsoleOutput(printed);

        // <probe>
        using var file = File.OpenRead(protectedPath);
        foreach (var track in MediaProbe.Read(file).Tracks)
        {
            Console.WriteLine($"{track.Track.Codec}, {track.Seconds} s, key ids: {string.Join(", ", track.KeyIds)}");
        }
        // </probe>

        Assert.Equal("avc1, 12 s, key ids: abba271e-8bcf-552b-bd2e-86a434a9a5d9", printed.ToString().Trim());
    }

    [Fact]
    public void Boxes_and_manifests()
    {
        var printed = new StringWriter();
        using var console = new ConsoleOutput(printed);
        var keyId = KeyId.Parse("abba271e-8bcf-552b-bd2e-86a434a9a5d9");

        // <signal>
        var scheme = ProtectionScheme.Cbcs;
        var widevine = PsshBox.ForWidevine(new WidevinePsshData { KeyIds = [keyId], Provider = "acme", Scheme = scheme });
        var playReady = PlayReadyObject.Create(WrmHeader.Create([WrmKey.ForScheme(keyId, scheme)], "https://license.example/playready?a=1&b=2"));

        ContentProtection[] dash =
        [
            ContentProtection.ForScheme(scheme, keyId),
            ContentProtection.ForWidevine(widevine, keyId),
            ContentProtection.ForPlayReady(playReady, keyId),
            ContentProtection.ForClearKey(keyId, "https://license.example/clearkey"),
        ];
        HlsKeyTag[] hls =
        [
            HlsKeyTag.ForWidevine(scheme, keyId, widevine),
            HlsKeyTag.ForPlayReady(scheme, playReady),
            HlsKeyTag.ForFairPlay("skd://demo-title"),
        ];
        foreach (var element in dash) Console.WriteLine(element.ToXml()); // or element.WriteTo(xmlWriter)
        foreach (var tag in hls) Console.WriteLine(tag.ToMediaTag()); // or ToSessionTag()
        // </signal>

        var lines = printed.ToString().Trim().Split('\n');
        Assert.Equal(7, lines.Length);
        Assert.All(lines[..4], line => Assert.StartsWith("<ContentProtection ", line, StringComparison.Ordinal));
        Assert.All(lines[4..], line => Assert.StartsWith("#EXT-X-KEY:METHOD=SAMPLE-AES,", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Reading_boxes()
    {
        var widevine = PsshBox.ForWidevine(new WidevinePsshData { KeyIds = [default], Provider = "acme" });
        var stream = new MemoryStream(widevine.ToByteArray());
        var printed = new StringWriter();
        using var console = new ConsoleOutput(printed);

        // <read>
        foreach (var (path, offset, box) in PsshScanner.Read(stream)) // moov, every moof, and boxes that stand alone
        {
            Console.WriteLine($"{path} at {offset}: {box.System}");
            if (box.System == DrmSystem.Widevine && WidevinePsshData.TryParse(box.Data.Span, out var data)) Console.WriteLine(data.Provider);
            if (box.System == DrmSystem.PlayReady) Console.WriteLine(PlayReadyObject.Parse(box.Data.Span).ReadHeader()?.LicenseUrl);
        }
        // </read>

        Assert.Equal(["pssh at 0: Widevine", "acme"], printed.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Trim()));
    }

    [Fact]
    public void The_page_shows_this_code()
    {
        var root = Repository.Root;
        var page = Blocks(File.ReadAllText(Path.Combine(root, "docs", "cenc.md")));
        var code = File.ReadAllText(Path.Combine(root, "tests", "Cenc.Tests", "Docs", "CencPageExamples.cs"));

        Assert.Equal([.. new[] { "encrypt", "probe", "signal", "read" }.Select(name => Region(code, name))], page);
    }

    private static string[] Blocks(string page) =>
        [.. page.ReplaceLineEndings("\n").Split("```csharp\n").Skip(1).Select(part => part[..part.IndexOf("\n```", StringComparison.Ordinal)])];

    private static string Region(string code, string name)
    {
        var lines = code.ReplaceLineEndings("\n").Split('\n');
        var start = Array.FindIndex(lines, line => line.Trim() == $"// <{name}>") + 1;
        var end = Array.FindIndex(lines, line => line.Trim() == $"// </{name}>");
        return string.Join('\n', lines[start..end].Select(line => line.Length > 8 ? line[8..] : ""));
    }

    /// <summary>Catches what an example prints.</summary>
    private sealed class ConsoleOutput : IDisposable
    {
        private readonly TextWriter _before = Console.Out;

        public ConsoleOutput(TextWriter writer) => Console.SetOut(writer);

        public void Dispose() => Console.SetOut(_before);
    }
}

/// <summary>A folder for an example's files.</summary>
internal sealed class ExampleFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("drmhub-docs-").FullName;

    public string this[string name] => Path.Combine(_path, name);

    public string Sample(string name) => Path.Combine(Repository.Root, "samples", name);

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
