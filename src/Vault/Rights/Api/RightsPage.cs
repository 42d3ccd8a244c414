namespace DrmHub.Vault.Rights;

/// <summary>A page of a list.</summary>
/// <param name="Items">In the order of their ids.</param>
/// <param name="Next">The <c>cursor</c> of the next page; absent on the last.</param>
public sealed record RightsPage<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>The query parameters that a route reads by itself, for its description.</summary>
public sealed record QueryParameters(IReadOnlyList<string> Names);
