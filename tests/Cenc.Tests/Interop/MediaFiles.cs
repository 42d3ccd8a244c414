using System.Security.Cryptography;
using DrmHub.Cenc.Bmff;
using DrmHub.Cenc.Encryption;
using DrmHub.Testing;

namespace DrmHub.Cenc.Tests.Interop;

/// <summary>The reference set of media files, and the key that all its protected files have.</summary>
internal static class MediaFiles
{
    public static readonly KeyId KeyId = KeyId.Parse("abba271e8bcf552bbd2e86a434a9a5d9");

    public static readonly ContentKey Key = new(Convert.FromHexString("69eaa802a6763af979e8d1940fb88392"));

    public static readonly byte[] Iv8 = Convert.FromHexString("1122334455667788");

    public static readonly byte[] Iv16 = Convert.FromHexString("11223344556677889900aabbccddeeff");

    private static readonly string? s_root = SharedVectors.Find("vectors/media");

    public static readonly string[] Codecs = ["h264_240", "hevc_240", "av1_240", "vp9_240", "aac", "opus", "flac", "ac3", "eac3"];

    public static readonly string[] Schemes = ["cenc", "cens", "cbc1", "cbcs"];

    public static string Path(string name)
    {
        Skip.If(s_root is null, "the shared media vectors are not there");
        return System.IO.Path.Combine(s_root!, name);
    }

    public static byte[] Read(string name) => File.ReadAllBytes(Path(name));

    public static IEnumerable<string> All() =>
        s_root is null ? [] : Directory.EnumerateFiles(s_root, "*.mp4", SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    public static byte[] IvFor(string scheme) => scheme is "cenc" or "cens" ? Iv8 : Iv16;

    public static byte[] Encrypt(byte[] file, EncryptionOptions options)
    {
        using var encryptor = new FileEncryptor(options);
        using var output = new MemoryStream();
        encryptor.Encrypt(new MemoryStream(file), output);
        return output.ToArray();
    }

    public static byte[] Decrypt(byte[] file, bool censIncludesPartialBlock = false) =>
        Decrypt(file, id => id == KeyId ? Key : null, censIncludesPartialBlock);

    public static byte[] Decrypt(byte[] file, Func<KeyId, ContentKey?> keys, bool censIncludesPartialBlock = false)
    {
        using var decryptor = new FileDecryptor(new DecryptionOptions { Keys = keys, CensIncludesPartialBlock = censIncludesPartialBlock });
        using var output = new MemoryStream();
        decryptor.Decrypt(new MemoryStream(file), output);
        return output.ToArray();
    }

    /// <summary>Options that use the one key of the reference set for every track.</summary>
    public static EncryptionOptions Options(string scheme, byte[]? iv = null, byte[]? pssh = null)
    {
        Assert.True(ProtectionSchemes.TryParse(scheme, out var parsed));
        return new EncryptionOptions
        {
            Scheme = parsed,
            Keys = (_, _) => new TrackKey(KeyId, Key) { Iv = iv ?? IvFor(scheme) },
            PsshBoxes = pssh is null ? [] : [pssh],
            AllowCensAudio = true,
        };
    }
}
