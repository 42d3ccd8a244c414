using DrmHub.Vault.Rights;

namespace DrmHub.Host.Pages.Rights;

/// <summary>A collection in its form.</summary>
internal sealed class CollectionForm : EditForm
{
    private CollectionForm(Dictionary<string, string> fields)
        : base(fields)
    {
    }

    public static CollectionForm From(Collection? collection) =>
        new(new Dictionary<string, string> { ["id"] = collection?.Id ?? "", ["name"] = collection?.Name ?? "", ["patterns"] = string.Join('\n', collection?.Content.Patterns ?? []) });

    public static CollectionForm Read(IFormCollection form) => new(Posted(form));

    public Collection? Build(Collection? original) =>
        Checked(RightsKinds.Collections, new Collection { Id = original?.Id ?? this["id"], Name = this["name"], Content = new ContentSelector { Patterns = Lines("patterns") } });

    protected override string FieldOf(string path) => path.StartsWith("$.content", StringComparison.Ordinal) ? "patterns" : base.FieldOf(path);
}
