using System.Collections;
using DrmHub.KeyService.Cpix.Xml;

namespace DrmHub.KeyService.Cpix;

/// <summary>One of the lists of a document. The list element exists while it has items, or when the document came with it.</summary>
public sealed class CpixList<T> : IReadOnlyList<T>
    where T : CpixEntity
{
    private readonly CpixDocument _document;
    private readonly List<T> _items = [];
    private readonly string _itemName;

    internal CpixList(CpixDocument document, string listName, string itemName)
    {
        _document = document;
        _itemName = itemName;
        Name = listName;
    }

    /// <summary>The name of the list element, for example <c>ContentKeyList</c>.</summary>
    public string Name { get; }

    /// <summary>True where the document has the list element, be it empty.</summary>
    public bool IsPresent => Element is not null;

    public int Count => _items.Count;

    public T this[int index] => _items[index];

    /// <summary><c>@id</c> of the list, which a signature over it names.</summary>
    /// <exception cref="InvalidOperationException">Set while the list is absent.</exception>
    public string? Id
    {
        get => Element?.Get("id");
        set => Present.Set("id", value is null || XmlValues.IsId(value) ? value : throw new ArgumentException("An XML id is a name without colon and space.", nameof(value)));
    }

    /// <summary><c>@updateVersion</c> of the list: the update that changed it last.</summary>
    /// <exception cref="CpixException">The attribute is no integer.</exception>
    public long? UpdateVersion
    {
        get => Element?.Get("updateVersion") is { } text ? XmlValues.Integer(text, $"{Name}@updateVersion") : null;
        set => Present.Set("updateVersion", value is { } v ? XmlValues.Format(v) : null);
    }

    internal XmlNode? Element { get; private set; }

    /// <summary>Moves whenever items come or go.</summary>
    internal int Revision { get; private set; }

    public IEnumerator<T> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Takes an item out of the document.</summary>
    /// <returns>False where it is not in this list.</returns>
    public bool Remove(T item)
    {
        ArgumentNullException.ThrowIfNull(item);
        if (!_items.Remove(item)) return false;
        Revision++;
        Element!.Remove(item.Element);
        return true;
    }

    public void Clear()
    {
        foreach (var item in _items) Element!.Remove(item.Element);
        _items.Clear();
        Revision++;
    }

    internal void Load(XmlNode element, Func<XmlNode, T> create, int limit)
    {
        if (Element is not null) throw new CpixException(CpixCodes.DuplicateList, $"The document has more than one {Name}.");
        Element = element;
        foreach (var child in element.Elements())
        {
            if (!child.Is(XmlNames.Cpix, _itemName)) continue;
            if (_items.Count >= limit) throw new CpixException(CpixCodes.Limit, $"{Name} has more than {limit} items.");
            _items.Add(create(child));
        }
    }

    internal T Add(Func<XmlNode, T> create, Action<XmlNode> prepare)
    {
        Element ??= _document.AddList(Name);
        var element = _document.NewElement(Element, XmlNames.Cpix, _itemName);
        prepare(element);
        Element.Append(element);
        var item = create(element);
        _items.Add(item);
        Revision++;
        return item;
    }

    internal void Forget() => Element = null;

    private XmlNode Present => Element ?? throw new InvalidOperationException($"The document has no {Name}.");
}
