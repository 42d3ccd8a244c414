using System.Security.Cryptography.X509Certificates;
using DrmHub.KeyService.Cpix;

namespace DrmHub.KeyService.Tests.Cpix;

/// <summary>Vectors that lie beside the repository; where they are absent, the tests over them are skipped.</summary>
internal static class CpixVectors
{
    public static readonly string? Root = Find();

    public static readonly string[] Documents =
    [
        "ClearContentKeysOnly", "Complex", "EmptyDocument", "EncryptedContentKeys", "EvenMoreComplex", "Invalid_BadContentKeysSignature",
        "Invalid_WrongMac", "KeyRotationMultiKeySinglePeriod", "RecipientsWithoutContentKeys", "UsageRulesBasedOnLabels",
    ];

    public static void SkipIfAbsent() => Skip.If(Root is null, "The vectors are not beside the repository.");

    public static byte[] Read(params string[] parts) => File.ReadAllBytes(Path.Combine([Root!, "vectors", .. parts]));

    public static byte[] Dashif(string name) => Read("cpix-dashif", name + ".xml");

    public static CpixDocument Load(string name) => CpixDocument.Load(Dashif(name));

    public static X509Certificate2 Pfx(string name) => X509CertificateLoader.LoadPkcs12(Read("cpix-dashif", name + ".pfx"), name);

    /// <summary>Every document and request there is, by its path below vectors.</summary>
    public static IEnumerable<string> All() => Root is null
        ? []
        : new[] { "cpix-dashif", "speke-v1", "speke-v2" }
            .SelectMany(d => Directory.EnumerateFiles(Path.Combine(Root, "vectors", d), "*.xml", SearchOption.AllDirectories))
            .Select(f => Path.GetRelativePath(Path.Combine(Root, "vectors"), f))
            .Order(StringComparer.Ordinal);

    public static string? Tool(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(d => Path.Combine(d, name)).FirstOrDefault(File.Exists);

    private static string? Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (!File.Exists(Path.Combine(directory.FullName, "DrmHub.sln"))) continue;
            var shared = Path.GetFullPath(Path.Combine(directory.FullName, "..", "shared"));
            return Directory.Exists(Path.Combine(shared, "vectors", "cpix-dashif")) ? shared : null;
        }

        return null;
    }
}
