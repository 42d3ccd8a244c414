using System.Text.Json.Serialization;
using DrmHub.Vault.Catalogue;

namespace DrmHub.Music.Catalogue;

/// <summary>Whether episodes stand alone or are heard in order (itunes:type).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ShowType>))]
public enum ShowType
{
    Episodic,
    Serial,
}

/// <summary>A podcast.</summary>
public sealed record Show : CatalogueItem
{
    public IReadOnlyList<LocalText> Titles { get; init; } = [];

    /// <summary>Plain text or HTML, up to 4,000 bytes.</summary>
    public string Description { get; init; } = "";

    /// <summary>BCP 47.</summary>
    public string Language { get; init; } = "en";

    public string? Author { get; init; }

    public string? OwnerName { get; init; }

    public string? OwnerEmail { get; init; }

    /// <summary>The show's home page.</summary>
    public string? Link { get; init; }

    /// <summary>https address of a square JPEG or PNG of 1,400 to 3,000 pixels.</summary>
    public string? Artwork { get; init; }

    /// <summary>As Apple names them; a subcategory after a slash: <c>Society &amp; Culture/Documentary</c>.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    public bool Explicit { get; init; }

    public ShowType Type { get; init; }

    public string? Copyright { get; init; }

    /// <summary>podcast:guid, a UUID: made once from the first address of the feed and kept for ever.</summary>
    public string? Guid { get; init; }

    /// <summary>podcast:locked: other hosts must not import the feed.</summary>
    public bool Locked { get; init; } = true;

    /// <summary>podcast:medium.</summary>
    public string Medium { get; init; } = "podcast";

    /// <summary>Where it was imported from.</summary>
    public string? ImportedFrom { get; init; }

    /// <summary>Its feed is for subscribers with a token alone.</summary>
    public bool Private { get; init; }

    /// <summary>No more episodes will come (itunes:complete).</summary>
    public bool Complete { get; init; }

    internal override string Kind => "show";

    internal override IEnumerable<CatalogueIdentifier> Identifiers => Guid is null ? [] : [new CatalogueIdentifier("guid", Guid)];

    internal override void Check(ItemCheck check)
    {
        check.Texts(Titles, "titles");
        check.OptionalText(Description, "description", 4000);
        check.Require(LanguageTag.IsValid(Language), "language is a tag such as hi or en-IN.");
        check.OptionalText(Author, "author", 255);
        check.OptionalText(OwnerName, "ownerName", 255);
        check.OptionalText(OwnerEmail, "ownerEmail", 255);
        check.Require(Link is null || WebAddress.IsHttp(Link), "link is an http or https address.");
        check.Require(Artwork is null || WebAddress.IsHttp(Artwork), "artwork is an http or https address.");
        check.Count(Categories.Count, "categories", 10);
        foreach (var category in Categories.Take(10)) check.Text(category, "categories", 255);
        check.OptionalText(Copyright, "copyright", 255);
        check.Require(Guid is null || System.Guid.TryParse(Guid, out _), "guid is a UUID.");
        check.Text(Medium, "medium", 40);
        check.OptionalText(ImportedFrom, "importedFrom", 2000);
    }
}

/// <summary>Addresses that end up in feeds and pages.</summary>
internal static class WebAddress
{
    /// <summary>Absolute, http or https, without a user name: anything else would run in the page that shows it.</summary>
    public static bool IsHttp(string text) =>
        text.Length <= 2000 && Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme is "http" or "https") && uri.UserInfo.Length == 0;
}
