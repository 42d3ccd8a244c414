using DrmHub.Vault.Rights;

namespace DrmHub.Host.Pages.Rights;

/// <summary>What belongs to what, for pages that show it. The decision has an index of its own.</summary>
internal static class TitleWords
{
    public static bool Covers(RightsSnapshot rights, ContentSelector content, string contentId) =>
        content.Covers(contentId) || content.Collections.Any(collection => IsIn(rights, collection, contentId));

    /// <summary>The collections that a title is in: those that it names, and those whose own selector covers it.</summary>
    public static IReadOnlyList<string> Collections(RightsSnapshot rights, Title? title, string contentId) =>
        [.. (title?.Collections ?? []).Union(rights.Documents.Collections.Where(one => one.Content.Covers(contentId)).Select(one => one.Id), StringComparer.Ordinal)];

    private static bool IsIn(RightsSnapshot rights, string collection, string contentId) =>
        rights.Documents.Titles.Any(title => title.Id == contentId && title.Collections.Contains(collection))
        || rights.Documents.Collections.Any(one => one.Id == collection && one.Content.Covers(contentId));
}
