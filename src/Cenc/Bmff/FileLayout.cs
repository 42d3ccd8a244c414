namespace DrmHub.Cenc.Bmff;

/// <summary>The top-level boxes of a seekable file, found by their headers alone.</summary>
internal sealed class FileLayout
{
    public Movie? Moov { get; private set; }

    /// <summary>True if there are fragments, or none yet but <c>moov</c> announces them.</summary>
    public bool IsFragmented { get; private set; }

    public int Fragments { get; private set; }

    public bool HasIndex { get; private set; }

    /// <summary>Fragments that an index would have to cover: 0 if there is one already, or nothing to gain (ffmpeg 5.1 loses its way
    /// in several fragments without an index, not in one).</summary>
    public int FragmentsWithoutIndex => HasIndex || Moov is null || Fragments < 2 ? 0 : Fragments;

    /// <summary>Looks through the input and returns to its start.</summary>
    public static FileLayout Scan(MediaInput input)
    {
        var start = input.Position;
        var layout = new FileLayout();
        while (input.TryNext(out var box))
        {
            switch (box.Type)
            {
                case BoxType.Moov when layout.Moov is null:
                    layout.Moov = Movie.Read((ContainerBox)input.ReadBox(box), input.Limits);
                    continue;
                case BoxType.Moof:
                    layout.Fragments++;
                    break;
                case BoxType.Sidx:
                    layout.HasIndex = true;
                    break;
            }
            input.Skip(box);
        }
        layout.IsFragmented = layout.Fragments > 0 || layout.Moov is { IsFragmented: true };
        input.Seek(start);
        return layout;
    }
}
