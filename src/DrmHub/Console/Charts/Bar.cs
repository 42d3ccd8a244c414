namespace DrmHub.Host.Pages.Charts;

/// <summary>One bar.</summary>
/// <param name="Code">The stable code behind the words, small; null where there is none.</param>
/// <param name="Href">Where the entries behind it are; null for none.</param>
/// <param name="Tone"><c>granted</c>, <c>withheld</c>, <c>refused</c> or <c>plain</c>.</param>
public sealed record Bar(string Label, long Value, string Tone = "plain", string? Code = null, string? Href = null);

/// <summary>Columns over time: one per step, each a stack from the bottom up.</summary>
/// <param name="Start">When the step begins.</param>
public sealed record Column(DateTimeOffset Start, long Granted, long Withheld, long Refused)
{
    public long Total => Granted + Withheld + Refused;
}
