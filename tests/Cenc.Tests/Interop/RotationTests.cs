using DrmHub.Cenc.Encryption;

namespace DrmHub.Cenc.Tests.Interop;

/// <summary>
/// Key rotation. No command-line tool decrypts a rotated file, so ours is compared with Shaka Packager's byte for byte, and each is
/// decrypted by this library. Raw keys rotate there by turning key id and key left, one byte a period.
/// </summary>
public sealed class RotationTests
{
    [SkippableTheory]
    [InlineData("h264", "cenc", 0)]
    [InlineData("h264", "cbcs", 0)]
    [InlineData("h264", "cenc", 1)]
    [InlineData("h264", "cbcs", 1)]
    [InlineData("aac", "cenc", 0)]
    [InlineData("aac", "cbcs", 1)]
    [InlineData("flac", "cbc1", 0)]
    [InlineData("vp9", "cens", 1)]
    public void Rotated_files_equal_those_of_Shaka_Packager_and_decrypt(string codec, string scheme, int clearLead)
    {
        var clear = ClearMedia.Get(codec);
        var (keyId, key, iv) = ToolMatrixTests.Draw(scheme);
        var theirs = ToolMatrixTests.Package(codec, clear, scheme, keyId, key, iv, "--clear_lead", clearLead.ToString(), "--crypto_period_duration", "1");
        var keys = new Dictionary<KeyId, ContentKey>();
        var options = MediaFiles.Options(scheme) with
        {
            CryptoPeriod = TimeSpan.FromSeconds(1),
            ClearLead = TimeSpan.FromSeconds(clearLead),
            Keys = (_, period) =>
            {
                var rotated = new KeyId(Turn(keyId.ToByteArray(), period));
                var content = keys.TryGetValue(rotated, out var known) ? known : keys[rotated] = new ContentKey(Turn(key, period));
                return new TrackKey(rotated, content) { Iv = iv, PsshBoxes = [CommonPssh(rotated)] };
            },
        };
        var ours = MediaFiles.Encrypt(clear, options);
        Assert.True(keys.Count > 1);
        Assert.Equal(Fragments(theirs), Fragments(ours));
        foreach (var file in new[] { theirs, ours })
        {
            var used = new HashSet<KeyId>();
            var output = MediaFiles.Decrypt(file, id =>
            {
                used.Add(id);
                return keys.GetValueOrDefault(id);
            });
            Assert.Equal(Samples.Digest(clear), Samples.Digest(output));
            Assert.True(used.Count > 1);
        }
    }

    [SkippableFact]
    public void A_key_id_that_comes_back_does_not_repeat_its_key_stream()
    {
        var clear = ClearMedia.Get("aac");
        var (keyId, key, iv) = ToolMatrixTests.Draw("cenc");
        using var content = new ContentKey(key);
        var rotated = MediaFiles.Encrypt(clear, MediaFiles.Options("cenc") with
        {
            CryptoPeriod = TimeSpan.FromSeconds(1), Keys = (_, _) => new TrackKey(keyId, content) { Iv = iv },
        });
        var plain = MediaFiles.Encrypt(clear, MediaFiles.Options("cenc") with { Keys = (_, _) => new TrackKey(keyId, content) { Iv = iv } });
        Assert.Equal(Samples.Digest(plain), Samples.Digest(rotated));
    }

    internal static byte[] CommonPssh(KeyId keyId) =>
        [.. Convert.FromHexString("00000034" + "70737368" + "01000000" + "1077efecc0b24d02ace33c1e52e2fb4b" + "00000001"), .. keyId.ToByteArray(), 0, 0, 0, 0];

    // moof and mdat boxes of a file; Shaka Packager writes the other header boxes its own way.
    internal static string Fragments(byte[] file) => Convert.ToHexString(file.AsSpan(file.AsSpan().IndexOf("moof"u8) - 4));

    private static byte[] Turn(byte[] bytes, int by)
    {
        by %= bytes.Length;
        return [.. bytes[by..], .. bytes[..by]];
    }
}
