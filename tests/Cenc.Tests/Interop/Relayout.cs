using System.Buffers.Binary;
using DrmHub.Cenc.Bmff;
using DrmHub.Cenc.Bmff.Boxes;

namespace DrmHub.Cenc.Tests.Interop;

/// <summary>Writes the fragments of a file in another layout, data offsets kept right, to stand for other packagers.</summary>
internal sealed class Relayout
{
    /// <summary>Changes the boxes of a traf. Offsets of runs and <c>saio</c> are set afterwards.</summary>
    public Action<ContainerBox> Traf { get; init; } = _ => { };

    /// <summary>Bytes that go in front of the samples in <c>mdat</c>.</summary>
    public Func<ContainerBox, byte[]> MdatPrefix { get; init; } = _ => [];

    /// <summary>Whole boxes before each <c>moof</c>.</summary>
    public byte[] BeforeMoof { get; init; } = [];

    public bool WideMdat { get; init; }

    /// <summary>Offset of the data from the base in <c>tfhd</c>: absolute with a base data offset in place of the moof.</summary>
    public bool AbsoluteBase { get; init; }

    /// <summary>Keeps segment indexes out: they would be wrong.</summary>
    public byte[] Apply(byte[] file)
    {
        var output = new BoxWriter(file.Length + 4096);
        var input = new MediaInput(new MemoryStream(file), BmffLimits.Default, default);
        ContainerBox? moof = null;
        while (input.TryNext(out var box))
        {
            var bytes = input.ReadBytes(box);
            if (box.Type == BoxType.Sidx) continue;
            if (box.Type == BoxType.Moof) moof = (ContainerBox)Box.Parse(bytes);
            else if (box.Type == BoxType.Mdat && moof is not null) Write(output, moof, bytes.AsSpan(box.HeaderSize));
            else output.Bytes(bytes);
        }
        return output.ToArray();
    }

    private static void PointInto(ContainerBox traf, int start)
    {
        var index = traf.List.FindIndex(box => box is SaioBox);
        if (index < 0) return;
        var bytes = traf.List[index].ToArray();
        for (var i = 0; i < ((SaioBox)traf.List[index]).Count; i++)
        {
            var relative = i == 0 ? 0 : (int)((SaioBox)traf.List[index])[i];
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(16 + (i * 4)), start + relative);
        }
        traf.List[index] = Box.Parse(bytes);
    }

    private void Write(BoxWriter output, ContainerBox moof, ReadOnlySpan<byte> samples)
    {
        output.Bytes(BeforeMoof);
        var traf = moof.Find(BoxType.Traf)!;
        var prefix = MdatPrefix(traf);
        Traf(traf);
        var start = output.Length;
        if (AbsoluteBase)
        {
            var tfhd = traf.Find<TfhdBox>()!.ToArray();
            byte[] moved = [.. tfhd[..8], 0, 0, 0, (byte)(tfhd[11] | 1), .. tfhd[12..16], 0, 0, 0, 0, 0, 0, 0, 0, .. tfhd[16..]];
            BinaryPrimitives.WriteInt32BigEndian(moved, moved.Length);
            BinaryPrimitives.WriteInt64BigEndian(moved.AsSpan(16), start);
            traf.Children[traf.List.FindIndex(box => box is TfhdBox)] = Box.Parse(moved);
        }
        var header = WideMdat ? 16 : 8;
        var data = (int)moof.Size + header + prefix.Length;
        foreach (var trun in traf.All<TrunBox>())
        {
            trun.SetDataOffset(data);
            for (var i = 0; i < trun.SampleCount; i++) data += trun.HasSizes ? (int)trun.SizeAt(i) : (int)traf.Find<TfhdBox>()!.DefaultSize!;
        }
        AuxOffsets.Set(moof);
        if (prefix.Length > 0) PointInto(traf, (AbsoluteBase ? start : 0) + (int)moof.Size + header);
        moof.Write(output);
        var size = header + prefix.Length + samples.Length;
        output.U32(WideMdat ? 1 : (uint)size);
        output.U32(BoxType.Mdat);
        if (WideMdat) output.U64((ulong)size);
        output.Bytes(prefix);
        output.Bytes(samples);
    }
}
