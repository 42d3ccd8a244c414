using System.Security.Cryptography.X509Certificates;
using DrmHub.KeyService.Cpix;
using DrmHub.Testing;

namespace DrmHub.KeyService.Tests.Cpix;

/// <summary>Vectors that lie beside the repository; where they are absent, the tests over them are skipped.</summary>
internal static class CpixVectors
{
    public static readonly string? Root = SharedVectors.Find("vectors/cpix-dashif") is { } folder ? Path.GetFullPath(Path.Combine(folder, "..", "..")) : null;

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
}
