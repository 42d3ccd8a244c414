using DrmHub.Vault.Rights;

namespace DrmHub.Host.Pages.Rights;

/// <summary>A title in its form.</summary>
internal sealed class TitleForm : EditForm
{
    private TitleForm(Dictionary<string, string> fields)
        : base(fields)
    {
    }

    public static TitleForm From(Title? title, string? id) =>
        new(new Dictionary<string, string> { ["id"] = id ?? "", ["name"] = title?.Name ?? "", ["collections"] = string.Join(", ", title?.Collections ?? []) });

    public static TitleForm Read(IFormCollection form) => new(Posted(form));

    /// <summary>A collection that is nowhere written down is a slip of the pen, unless the title is in it already.</summary>
    public Title? Build(Title? original, string? id, IReadOnlyList<Collection> known)
    {
        var collections = Items("collections");
        foreach (var collection in collections.Where(one => known.All(other => other.Id != one) && original?.Collections.Contains(one) != true))
            Problems.Add(("collections", $"There is no collection “{collection}”. Make it first, under Collections."));
        return Checked(RightsKinds.Titles, new Title { Id = id ?? this["id"], Name = this["name"], Collections = collections });
    }
}
