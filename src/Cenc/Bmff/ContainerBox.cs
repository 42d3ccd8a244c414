namespace DrmHub.Cenc.Bmff;

/// <summary>A box that holds boxes and nothing else: <c>moov</c>, <c>trak</c>, <c>moof</c>, <c>traf</c> and their like.</summary>
public sealed class ContainerBox : Box
{
    private readonly List<Box> _children = [];

    public ContainerBox(uint type, params ReadOnlySpan<Box> children)
        : base(type)
    {
        foreach (var child in children) _children.Add(child);
    }

    internal ContainerBox(uint type, ref BoxReader reader)
        : base(type)
    {
        // Fewer than eight bytes cannot be a box; QuickTime ends some containers with a zero word. They stay as trailing bytes.
        while (reader.Remaining >= 8) _children.Add(BoxParser.Read(ref reader));
    }

    public IList<Box> Children => _children;

    internal List<Box> List => _children;

    internal override long BodySize
    {
        get
        {
            long size = 0;
            foreach (var child in _children) size += child.Size;
            return size;
        }
    }

    /// <summary>The first child of this class.</summary>
    public T? Find<T>()
        where T : Box
    {
        foreach (var child in _children)
        {
            if (child is T found) return found;
        }
        return null;
    }

    /// <summary>The first container with this code.</summary>
    public ContainerBox? Find(uint type)
    {
        foreach (var child in _children)
        {
            if (child.Type == type && child is ContainerBox container) return container;
        }
        return null;
    }

    public IEnumerable<T> All<T>()
        where T : Box => _children.OfType<T>();

    public IEnumerable<ContainerBox> All(uint type) => _children.OfType<ContainerBox>().Where(box => box.Type == type);

    internal override void WriteBody(BoxWriter writer)
    {
        foreach (var child in _children) child.Write(writer);
    }
}
