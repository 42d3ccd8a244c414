using System.Buffers.Binary;
using DrmHub.Cenc.Bmff;

namespace DrmHub.Cenc.Tests.Interop;

/// <summary>Files that Shaka Packager 3.4.2 encrypted: ours must equal them byte for byte, and decrypt to the clear originals.</summary>
public sealed class ShakaVectorTests
{
    public static TheoryData<string, string> Matrix()
    {
        var rows = new TheoryData<string, string>();
        foreach (var codec in MediaFiles.Codecs)
        {
            foreach (var scheme in MediaFiles.Schemes) rows.Add(codec, scheme);
        }
        return rows;
    }

    [SkippableTheory]
    [MemberData(nameof(Matrix))]
    public void Decrypts_to_the_samples_of_the_clear_file(string codec, string scheme)
    {
        var clear = MediaFiles.Read($"clear/{codec}.mp4");
        var output = MediaFiles.Decrypt(MediaFiles.Read($"single/{codec}.{scheme}.mp4"));
        Assert.Equal(Samples.Digest(clear), Samples.Digest(output));
        Assert.Equal(Samples.Times(clear), Samples.Times(output));
    }

    [SkippableTheory]
    [MemberData(nameof(Matrix))]
    public void Encrypts_to_the_bytes_of_Shaka_Packager(string codec, string scheme)
    {
        var clear = MediaFiles.Read($"clear/{codec}.mp4");
        var theirs = MediaFiles.Read($"single/{codec}.{scheme}.mp4");
        var pssh = CommonPssh(theirs);
        var ours = MediaFiles.Encrypt(clear, MediaFiles.Options(scheme, pssh: pssh));
        Assert.Equal(Convert.ToHexString(Timeless(theirs)), Convert.ToHexString(Timeless(ours)));
    }

    [SkippableTheory]
    [MemberData(nameof(Matrix))]
    public void Encryption_is_undone_to_the_last_byte(string codec, string scheme)
    {
        var clear = MediaFiles.Read($"clear/{codec}.mp4");
        Assert.Equal(clear, MediaFiles.Decrypt(MediaFiles.Encrypt(clear, MediaFiles.Options(scheme))));
    }

    internal static byte[] CommonPssh(byte[] file)
    {
        var input = new MediaInput(new MemoryStream(file), BmffLimits.Default, default);
        while (input.TryNext(out var box))
        {
            if (box.Type == BoxType.Moov) return ((ContainerBox)input.ReadBox(box)).Children.Last(child => child.Type == BoxType.Pssh).ToArray();
            input.Skip(box);
        }
        throw new InvalidOperationException("no moov");
    }

    // Creation and modification times of mvhd, tkhd and mdhd are the moment of packaging.
    internal static byte[] Timeless(byte[] file)
    {
        var copy = (byte[])file.Clone();
        for (var i = 4; i < Math.Min(copy.Length, 4096) - 16; i++)
        {
            if (BinaryPrimitives.ReadUInt32BigEndian(copy.AsSpan(i)) is BoxType.Mvhd or BoxType.Tkhd or BoxType.Mdhd) copy.AsSpan(i + 8, 8).Clear();
        }
        return copy;
    }
}
