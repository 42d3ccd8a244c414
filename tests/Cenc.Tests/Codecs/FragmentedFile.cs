using System.Buffers.Binary;
using System.Text;
using DrmHub.Cenc.Encryption;

namespace DrmHub.Cenc.Tests.Codecs;

internal sealed record FragmentedSample(byte[] Bytes, byte[] Iv, Subsample[] Subsamples);

/// <summary>
/// Just enough of ISO BMFF to take the samples, IVs and subsamples out of a one-track fragmented file as Shaka Packager and ffmpeg write it
/// (default-base-is-moof). For tests of the codecs alone: the library's own reader is not used, so that one cannot hide the other's fault.
/// </summary>
internal sealed class FragmentedFile
{
    private static readonly string[] s_configurations = ["avcC", "hvcC", "av1C", "vpcC"];

    private readonly byte[] _file;

    public FragmentedFile(byte[] file)
    {
        _file = file;
        foreach (var (type, body, start) in Boxes(0, file.Length))
        {
            if (type == "moov") ReadMovie(body);
            else if (type == "moof") ReadFragment(body, start);
        }
    }

    public string Entry { get; private set; } = "";

    public byte[] Configuration { get; private set; } = [];

    public string Scheme { get; private set; } = "";

    public EncryptionPattern Pattern { get; private set; }

    public byte[] ConstantIv { get; private set; } = [];

    public List<FragmentedSample> Samples { get; } = [];

    private int IvSize { get; set; }

    public static FragmentedFile Read(string path) => new(File.ReadAllBytes(path));

    private void ReadMovie(Range body)
    {
        var stsd = Find(Find(Find(Find(Find(body, "trak"), "mdia"), "minf"), "stbl"), "stsd");
        var (type, entry, _) = Boxes(stsd.Start.Value + 8, stsd.End.Value).First();
        var video = type is not ("enca" or "mp4a" or "Opus" or "fLaC" or "ac-3" or "ec-3");
        var children = (entry.Start.Value + (video ? 78 : 28))..entry.End.Value;
        Entry = type;
        foreach (var (child, at, _) in Boxes(children.Start.Value, children.End.Value))
        {
            if (s_configurations.Contains(child)) Configuration = _file[at];
            if (child == "vpcC") Configuration = Configuration[4..];
            if (child != "sinf") continue;
            Entry = Text(Find(at, "frma").Start.Value);
            Scheme = Text(Find(at, "schm").Start.Value + 4);
            ReadTrackEncryption(_file[Find(Find(at, "schi"), "tenc")]);
        }
    }

    private void ReadTrackEncryption(byte[] tenc)
    {
        Pattern = new EncryptionPattern((byte)(tenc[5] >> 4), (byte)(tenc[5] & 15));
        IvSize = tenc[7];
        if (IvSize == 0) ConstantIv = tenc[25..(25 + tenc[24])];
    }

    private void ReadFragment(Range moof, int start)
    {
        var traf = Find(moof, "traf");
        var tfhd = Find(traf, "tfhd").Start.Value;
        var flags = Number(tfhd) & 0xFFFFFF;
        var at = tfhd + 8 + ((flags & 1) != 0 ? 8 : 0) + ((flags & 2) != 0 ? 4 : 0) + ((flags & 8) != 0 ? 4 : 0);
        var defaultSize = (flags & 16) != 0 ? Number(at) : 0;

        var first = Samples.Count;
        foreach (var (type, body, _) in Boxes(traf.Start.Value, traf.End.Value))
        {
            if (type != "trun") continue;
            at = body.Start.Value;
            flags = Number(at) & 0xFFFFFF;
            var count = Number(at + 4);
            at += 8;
            var offset = start + Number(at);
            at += 4 + ((flags & 4) != 0 ? 4 : 0);
            for (; count > 0; count--)
            {
                if ((flags & 0x100) != 0) at += 4;
                var size = (flags & 0x200) != 0 ? Number(at) : defaultSize;
                at += ((flags & 0x200) != 0 ? 4 : 0) + ((flags & 0x400) != 0 ? 4 : 0) + ((flags & 0x800) != 0 ? 4 : 0);
                Samples.Add(new FragmentedSample(_file[offset..(offset + size)], ConstantIv, []));
                offset += size;
            }
        }

        var senc = Boxes(traf.Start.Value, traf.End.Value).FirstOrDefault(box => box.Type == "senc");
        if (senc.Type is not null) ReadAuxiliary(senc.Body.Start.Value, first);
    }

    private void ReadAuxiliary(int at, int sample)
    {
        var subsampled = (Number(at) & 2) != 0;
        var count = Number(at + 4);
        at += 8;
        for (; count > 0; count--, sample++)
        {
            var iv = IvSize > 0 ? _file[at..(at + IvSize)] : ConstantIv;
            at += IvSize;
            var subsamples = Array.Empty<Subsample>();
            if (subsampled)
            {
                subsamples = new Subsample[BinaryPrimitives.ReadUInt16BigEndian(_file.AsSpan(at))];
                at += 2;
                for (var i = 0; i < subsamples.Length; i++, at += 6)
                    subsamples[i] = new Subsample(BinaryPrimitives.ReadUInt16BigEndian(_file.AsSpan(at)), (uint)Number(at + 2));
            }

            Samples[sample] = Samples[sample] with { Iv = iv, Subsamples = subsamples };
        }
    }

    private Range Find(Range parent, string type) =>
        Boxes(parent.Start.Value, parent.End.Value).First(box => box.Type == type) is { } box ? box.Body : default;

    private IEnumerable<(string Type, Range Body, int Start)> Boxes(int at, int end)
    {
        while (at + 8 <= end)
        {
            var size = Number(at);
            yield return (Text(at + 4), (at + 8)..(at + size), at);
            at += size;
        }
    }

    private int Number(int at) => BinaryPrimitives.ReadInt32BigEndian(_file.AsSpan(at));

    private string Text(int at) => Encoding.Latin1.GetString(_file, at, 4);
}
