using System.Security.Cryptography;

namespace DrmHub.Music.Catalogue;

/// <summary>How a kind of items can be asked for, beside its ids.</summary>
internal enum FilterBy
{
    /// <summary>By an identifier of the scheme that has the filter's name.</summary>
    Identifier,

    /// <summary>By the item that it belongs to.</summary>
    Parent,

    /// <summary>By an item that it names.</summary>
    Link,
}

/// <summary>A kind of items: its name, the start of ids that the hub makes, its route and its filters.</summary>
internal sealed record CatalogueKind(Type Type, string Name, string Prefix, string Route, IReadOnlyDictionary<string, FilterBy> Filters)
{
    public static readonly IReadOnlyList<CatalogueKind> All =
    [
        new(typeof(Label), "label", "lab", "labels", new Dictionary<string, FilterBy> { ["dpid"] = FilterBy.Identifier }),
        new(typeof(Artist), "artist", "art", "artists", new Dictionary<string, FilterBy> { ["isni"] = FilterBy.Identifier, ["proprietary"] = FilterBy.Identifier }),
        new(typeof(Release), "release", "rel", "releases", new Dictionary<string, FilterBy> { ["upc"] = FilterBy.Identifier, ["grid"] = FilterBy.Identifier, ["proprietary"] = FilterBy.Identifier, ["artist"] = FilterBy.Link, ["label"] = FilterBy.Link }),
        new(typeof(Track), "track", "trk", "tracks", new Dictionary<string, FilterBy> { ["release"] = FilterBy.Parent, ["recording"] = FilterBy.Link }),
        new(typeof(Recording), "recording", "rec", "recordings", new Dictionary<string, FilterBy> { ["isrc"] = FilterBy.Identifier, ["content"] = FilterBy.Identifier, ["proprietary"] = FilterBy.Identifier, ["artist"] = FilterBy.Link }),
        new(typeof(Rendition), "rendition", "ren", "renditions", new Dictionary<string, FilterBy> { ["owner"] = FilterBy.Parent }),
        new(typeof(Show), "show", "shw", "shows", new Dictionary<string, FilterBy> { ["guid"] = FilterBy.Identifier }),
        new(typeof(Episode), "episode", "ep", "episodes", new Dictionary<string, FilterBy> { ["show"] = FilterBy.Parent, ["content"] = FilterBy.Identifier }),
    ];

    private const string IdAlphabet = "abcdefghijklmnopqrstuvwxyz234567";

    public static CatalogueKind Of<T>()
        where T : CatalogueItem => All.First(kind => kind.Type == typeof(T));

    public static CatalogueKind? Find(string name) => All.FirstOrDefault(kind => kind.Name == name);

    /// <summary>Prefix, underscore and 80 random bits.</summary>
    public string NewId() => $"{Prefix}_{RandomNumberGenerator.GetString(IdAlphabet, 16)}";
}
