using System.Security.Cryptography;
using DrmHub.Cenc.Encryption;

namespace DrmHub.Cenc.Tests.Interop;

/// <summary>
/// Freshly encoded media through the real tools, both ways, with keys and IVs drawn anew. What counts is samples, never exit codes.
/// docs/cenc-interop.md tells which tool can do what.
/// </summary>
public sealed class ToolMatrixTests
{
    public static TheoryData<string, string> Matrix()
    {
        var rows = new TheoryData<string, string>();
        foreach (var codec in ClearMedia.Codecs)
        {
            foreach (var scheme in MediaFiles.Schemes) rows.Add(codec, scheme);
        }
        return rows;
    }

    // Packagers disagree on a last partial block of cens audio: ffmpeg decrypts it, Shaka Packager and this library leave it clear. So
    // only AC-3 and E-AC-3, whose samples are whole blocks, are common ground.
    public static TheoryData<string, string> FfmpegMatrix()
    {
        var rows = new TheoryData<string, string>();
        foreach (var codec in ClearMedia.Codecs)
        {
            foreach (var scheme in MediaFiles.Schemes)
            {
                if (scheme != "cens" || codec is not ("aac" or "opus" or "flac")) rows.Add(codec, scheme);
            }
        }
        return rows;
    }

    [SkippableTheory]
    [MemberData(nameof(Matrix))]
    public void Shaka_Packager_encrypts_to_the_same_samples_and_we_decrypt(string codec, string scheme)
    {
        var (keyId, key, iv) = Draw(scheme);
        var clear = ClearMedia.Get(codec);
        var theirs = Package(codec, clear, scheme, keyId, key, iv);
        Assert.NotEqual(Samples.Digest(clear), Samples.Digest(theirs));
        Assert.Equal(Samples.Digest(theirs), Samples.Digest(Encrypt(clear, scheme, keyId, key, iv)));
        using var content = new ContentKey(key);
        Assert.Equal(Samples.Digest(clear), Samples.Digest(MediaFiles.Decrypt(theirs, id => id == keyId ? content : null)));
    }

    [SkippableTheory]
    [MemberData(nameof(Matrix))]
    public void We_encrypt_and_Shaka_Packager_decrypts(string codec, string scheme)
    {
        var (keyId, key, iv) = Draw(scheme);
        var clear = ClearMedia.Get(codec);
        var packager = Tools.Packager;
        using var scratch = new Scratch();
        var ours = scratch.Write("ours.mp4", Encrypt(clear, scheme, keyId, key, iv));
        Tools.Run(packager, $"in={ours},stream={(ClearMedia.IsVideo(codec) ? "video" : "audio")},out={scratch["out.mp4"]}",
            "--enable_raw_key_decryption", "--keys", $"label=:key_id={keyId.ToHex()}:key={Convert.ToHexStringLower(key)}");
        Assert.Equal(Samples.Digest(clear), Samples.Digest(scratch.Read("out.mp4")));
    }

    [SkippableTheory]
    [MemberData(nameof(FfmpegMatrix))]
    public void We_encrypt_and_ffmpeg_decrypts(string codec, string scheme)
    {
        var (keyId, key, iv) = Draw(scheme);
        var clear = ClearMedia.Get(codec);
        using var scratch = new Scratch();
        var expected = Tools.StreamHash(scratch.Write("clear.mp4", clear));
        var ours = scratch.Write("ours.mp4", Encrypt(clear, scheme, keyId, key, iv));
        Assert.NotEqual(expected, Tools.StreamHash(ours));
        Assert.Equal(expected, Tools.StreamHash(ours, Convert.ToHexStringLower(key)));
    }

    internal static (KeyId KeyId, byte[] Key, byte[] Iv) Draw(string scheme) =>
        (new KeyId(RandomNumberGenerator.GetBytes(16)), RandomNumberGenerator.GetBytes(16), RandomNumberGenerator.GetBytes(scheme is "cenc" or "cens" ? 8 : 16));

    internal static byte[] Encrypt(byte[] clear, string scheme, KeyId keyId, byte[] key, byte[] iv)
    {
        using var content = new ContentKey(key);
        return MediaFiles.Encrypt(clear, MediaFiles.Options(scheme) with { Keys = (_, _) => new TrackKey(keyId, content) { Iv = iv } });
    }

    internal static byte[] Package(string codec, byte[] clear, string scheme, KeyId keyId, byte[] key, byte[] iv, params string[] more)
    {
        var packager = Tools.Packager;
        using var scratch = new Scratch();
        Tools.Run(packager, [
            $"in={scratch.Write("clear.mp4", clear)},stream={(ClearMedia.IsVideo(codec) ? "video" : "audio")},out={scratch["out.mp4"]}",
            "--enable_raw_key_encryption", "--keys", $"label=:key_id={keyId.ToHex()}:key={Convert.ToHexStringLower(key)}",
            "--iv", Convert.ToHexStringLower(iv), "--protection_scheme", scheme, "--clear_lead", "0", "--segment_duration", "1", .. more]);
        return scratch.Read("out.mp4");
    }
}
