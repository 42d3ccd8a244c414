using System.Buffers.Binary;
using DrmHub.Cenc.Bmff;
using DrmHub.Cenc.Bmff.Boxes;

namespace DrmHub.Cenc.Tests.Interop;

/// <summary>Layouts of other packagers (Bento4, GPAC, mp4ff, PIFF tools), made from our own output: all must give the clear samples.</summary>
public sealed class LayoutTests
{
    internal static readonly Dictionary<string, Relayout> Layouts = new()
    {
        ["senc alone"] = new() { Traf = traf => Remove(traf, BoxType.Saiz, BoxType.Saio) },
        ["aux data at the start of mdat"] = new() { MdatPrefix = traf => traf.Find<SencBox>()!.Entries.ToArray(), Traf = traf => Remove(traf, BoxType.Senc) },
        ["PIFF uuid"] = new() { Traf = traf => Replace(traf, BoxType.Senc, Piff) },
        ["PIFF uuid alone, with its own key id"] = new()
        {
            Traf = traf =>
            {
                Remove(traf, BoxType.Saiz, BoxType.Saio);
                Replace(traf, BoxType.Senc, box => PiffWithKey((SencBox)box));
            },
        },
        ["senc, saiz and saio before trun"] = new() { Traf = traf => MoveToEnd(traf, BoxType.Trun) },
        ["64-bit saio"] = new() { Traf = traf => Replace(traf, BoxType.Saio, WideSaio) },
        ["aux_info_type named"] = new() { Traf = NameAuxInfo },
        ["two truns, one saio entry"] = new() { Traf = traf => Split(traf, saioPerRun: false) },
        ["two truns, two saio entries, no senc"] = new() { MdatPrefix = traf => traf.Find<SencBox>()!.Entries.ToArray(), Traf = traf => Split(traf, saioPerRun: true) },
        ["64-bit mdat"] = new() { WideMdat = true },
        ["styp and prft before each moof"] = new() { BeforeMoof = [.. Header(16, "styp"), .. "msdh"u8, 0, 0, 0, 0, .. Header(12, "prft"), 1, 2, 3, 4] },
        ["no tfdt"] = new() { Traf = traf => Remove(traf, BoxType.Tfdt) },
        ["no default-base-is-moof"] = new() { Traf = ClearBaseFlag },
        ["base data offset"] = new() { Traf = ClearBaseFlag, AbsoluteBase = true },
        ["an unknown box in traf"] = new() { Traf = traf => traf.Children.Insert(1, new RawBox(BoxType.Parse("what"), new byte[] { 1, 2, 3 })) },
    };

    public static TheoryData<string, string, string> Rows()
    {
        var rows = new TheoryData<string, string, string>();
        foreach (var layout in Layouts.Keys)
        {
            rows.Add(layout, "h264", "cenc");
            rows.Add(layout, "aac", "cenc");
            rows.Add(layout, "hevc", "cbcs");
        }
        return rows;
    }

    [SkippableTheory]
    [MemberData(nameof(Rows))]
    public void Decrypts_to_the_clear_samples(string layout, string codec, string scheme)
    {
        var clear = ClearMedia.Get(codec);
        var changed = Layouts[layout].Apply(MediaFiles.Encrypt(clear, MediaFiles.Options(scheme)));
        if (layout.Contains("own key id", StringComparison.Ordinal) && scheme == "cbcs") return;
        var output = MediaFiles.Decrypt(changed);
        Assert.Equal(Samples.Digest(clear), Samples.Digest(output));
        Assert.Equal(Samples.Times(clear), Samples.Times(output));
        Assert.Equal(-1, output.AsSpan().IndexOf("senc"u8));
        Assert.Equal(-1, output.AsSpan().IndexOf("sinf"u8));
    }

    [SkippableTheory]
    [MemberData(nameof(Rows))]
    public void Clear_files_of_these_layouts_encrypt(string layout, string codec, string scheme)
    {
        if (layout.Contains("senc", StringComparison.Ordinal) || layout.Contains("PIFF", StringComparison.Ordinal) || layout.Contains("aux", StringComparison.Ordinal) || layout.Contains("saio", StringComparison.Ordinal)) return;
        var clear = Layouts[layout].Apply(ClearMedia.Get(codec));
        var ours = MediaFiles.Encrypt(clear, MediaFiles.Options(scheme));
        Assert.NotEqual(Samples.Digest(clear), Samples.Digest(ours));
        Assert.Equal(Samples.Digest(clear), Samples.Digest(MediaFiles.Decrypt(ours)));
    }

    [SkippableTheory]
    [InlineData("aac")]
    [InlineData("opus")]
    [InlineData("ac3")]
    public void Audio_in_cbcs_needs_no_auxiliary_boxes(string codec)
    {
        var clear = ClearMedia.Get(codec);
        var protectedFile = MediaFiles.Encrypt(clear, MediaFiles.Options("cbcs"));
        foreach (var layout in new[] { new Relayout { Traf = traf => Remove(traf, BoxType.Senc) }, new Relayout { Traf = BentoEmptySaiz } })
        {
            Assert.Equal(Samples.Digest(clear), Samples.Digest(MediaFiles.Decrypt(layout.Apply(protectedFile))));
        }
    }

    [SkippableFact]
    public void Cens_audio_of_the_other_camp_decrypts_with_the_option()
    {
        // What ffmpeg, Bento4 and GPAC write: cenc's key stream over the whole sample, a partial block included.
        var clear = ClearMedia.Get("aac");
        var cenc = MediaFiles.Encrypt(clear, MediaFiles.Options("cenc"));
        var cens = MediaFiles.Encrypt(clear, MediaFiles.Options("cens"));
        var header = cens.AsSpan(0, cens.AsSpan().IndexOf("moof"u8) - 4).ToArray();
        byte[] theirs = [.. header, .. cenc.AsSpan(cenc.AsSpan().IndexOf("moof"u8) - 4)];
        Assert.Equal(Samples.Digest(clear), Samples.Digest(MediaFiles.Decrypt(theirs, censIncludesPartialBlock: true)));
        Assert.NotEqual(Samples.Digest(clear), Samples.Digest(MediaFiles.Decrypt(theirs)));
    }

    [SkippableTheory]
    [InlineData("h264", "cenc", 1)]
    [InlineData("aac", "cenc", 1)]
    [InlineData("h264", "cbc1", 2)]
    public void Files_of_the_older_piff_scheme_decrypt(string codec, string scheme, byte algorithm)
    {
        var clear = ClearMedia.Get(codec);
        var traf = new Relayout
        {
            Traf = traf =>
            {
                Remove(traf, BoxType.Saiz, BoxType.Saio);
                Replace(traf, BoxType.Senc, Piff);
            },
        };
        var piff = ToPiff(traf.Apply(MediaFiles.Encrypt(clear, MediaFiles.Options(scheme))), algorithm);
        var output = MediaFiles.Decrypt(piff);
        Assert.Equal(Samples.Digest(clear), Samples.Digest(output));
        Assert.Equal(-1, output.AsSpan().IndexOf("uuid"u8));
        Assert.Equal(-1, output.AsSpan().IndexOf("sinf"u8));

        piff[piff.AsSpan().IndexOf(Convert.FromHexString("8974dbce7be74c5184f97148f9882554")) + 22] = 3;
        Assert.Throws<CencFormatException>(() => MediaFiles.Decrypt(piff));
    }

    /// <summary>The name of the scheme, the uuid box in the place of tenc, and a uuid box in the place of pssh.</summary>
    private static byte[] ToPiff(byte[] file, byte algorithm)
    {
        var tenc = file.AsSpan().IndexOf("tenc"u8) - 4;
        var old = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(tenc));
        var ivSize = file[tenc + 15];
        byte[] box = Sized([.. Header(0, "uuid"), .. Convert.FromHexString("8974dbce7be74c5184f97148f9882554"), 0, 0, 0, 0, 0, 0, algorithm, ivSize, .. file.AsSpan(tenc + 16, 16)]);
        byte[] pssh = Sized([.. Header(0, "uuid"), .. Convert.FromHexString("d08a4f1810f34a82b6c832d8aba183d3"), 0, 0, 0, 0, .. DrmSystemIds.PlayReady.ToByteArray(bigEndian: true), 0, 0, 0, 0]);
        var moov = file.AsSpan().IndexOf("moov"u8) - 4;
        var end = moov + BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(moov));
        foreach (var parent in (string[])["moov", "trak", "mdia", "minf", "stbl", "stsd", file.AsSpan(0, tenc).LastIndexOf("encv"u8) > 0 ? "encv" : "enca", "sinf", "schi"])
        {
            var at = file.AsSpan(0, tenc).LastIndexOf(System.Text.Encoding.ASCII.GetBytes(parent)) - 4;
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(at), BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at)) + box.Length - old + (parent == "moov" ? pssh.Length : 0));
        }

        "piff"u8.CopyTo(file.AsSpan(file.AsSpan(0, tenc).LastIndexOf("schm"u8) + 8));
        return [.. file.AsSpan(0, tenc), .. box, .. file.AsSpan(tenc + old, end - tenc - old), .. pssh, .. file.AsSpan(end)];
    }

    private static byte[] Header(int size, string type) => [0, 0, 0, (byte)size, .. System.Text.Encoding.ASCII.GetBytes(type)];

    private static void Remove(ContainerBox traf, params uint[] types) => traf.List.RemoveAll(box => types.Contains(box.Type));

    private static void Replace(ContainerBox traf, uint type, Func<Box, Box> make)
    {
        for (var i = 0; i < traf.List.Count; i++)
        {
            if (traf.List[i].Type == type) traf.List[i] = make(traf.List[i]);
        }
    }

    private static void MoveToEnd(ContainerBox traf, uint type)
    {
        var moved = traf.List.FindAll(box => box.Type == type);
        traf.List.RemoveAll(box => box.Type == type);
        traf.List.AddRange(moved);
    }

    private static Box Piff(Box senc) =>
        Box.Parse(Sized([.. Header(0, "uuid"), .. Convert.FromHexString("a2394f525a9b4f14a2446c427c648df4"), .. senc.ToArray()[8..]]));

    private static Box PiffWithKey(SencBox senc) => Box.Parse(Sized([
        .. Header(0, "uuid"), .. Convert.FromHexString("a2394f525a9b4f14a2446c427c648df4"), 0, 0, 0, (byte)(senc.Flags | 1),
        0, 0, 1, 8, .. MediaFiles.KeyId.ToByteArray(), .. senc.ToArray()[12..]]));

    private static Box WideSaio(Box saio)
    {
        // 0 for now: the file has the real place in senc, which is read first.
        byte[] bytes = [.. Header(0, "saio"), 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, .. saio.ToArray()[16..]];
        return Box.Parse(Sized(bytes));
    }

    private static void NameAuxInfo(ContainerBox traf)
    {
        foreach (var type in new[] { BoxType.Saiz, BoxType.Saio })
        {
            Replace(traf, type, box =>
            {
                var bytes = box.ToArray();
                return Box.Parse(Sized([.. bytes[..11], 1, .. "cenc"u8, 0, 0, 0, 0, .. bytes[12..]]));
            });
        }
    }

    private static void ClearBaseFlag(ContainerBox traf) => traf.Find<TfhdBox>()!.Flags &= ~TfhdBox.DefaultBaseIsMoof;

    private static void BentoEmptySaiz(ContainerBox traf)
    {
        traf.List.Insert(traf.List.FindIndex(box => box is SencBox), new SaizBox(0, 0, default));
        traf.List.Insert(traf.List.FindIndex(box => box is SencBox), new SaioBox(0));
    }

    private static void Split(ContainerBox traf, bool saioPerRun)
    {
        var index = traf.List.FindIndex(box => box is TrunBox);
        var trun = (TrunBox)traf.List[index];
        var bytes = trun.ToArray();
        var entry = (bytes.Length - 20) / (int)trun.SampleCount;
        if (entry == 0) return;
        var first = (int)trun.SampleCount / 2;
        traf.List[index] = Part(bytes, first, 20, entry);
        traf.List.Insert(index + 1, Part(bytes, (int)trun.SampleCount - first, 20 + (first * entry), entry));
        if (!saioPerRun) return;
        // The data in front of the samples starts with the entries of the first run.
        var saiz = traf.Find<SaizBox>();
        Remove(traf, BoxType.Senc);
        if (saiz is null) return;
        var length = 0;
        for (var i = 0; i < first; i++) length += saiz[i];
        traf.List[traf.List.FindIndex(box => box is SaioBox)] = TwoOffsets(length);
    }

    // Both count from the start of the information for now.
    private static Box TwoOffsets(int second) =>
        Box.Parse((byte[])[.. Header(24, "saio"), 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, .. BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness(second))]);

    private static Box Part(byte[] trun, int count, int from, int entry)
    {
        byte[] bytes = [.. trun[..20], .. trun.AsSpan(from, count * entry)];
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(12), count);
        return Box.Parse(Sized(bytes));
    }

    private static byte[] Sized(byte[] box)
    {
        BinaryPrimitives.WriteInt32BigEndian(box, box.Length);
        return box;
    }
}
