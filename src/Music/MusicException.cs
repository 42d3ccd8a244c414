namespace DrmHub.Music;

/// <summary>What was brought cannot be taken. Nothing of it was stored.</summary>
/// <param name="code">Stable, for example <c>catalogue.invalid</c>.</param>
/// <param name="problems">Each says what is wrong and, where there are lines, in which.</param>
public sealed class MusicException(string code, IReadOnlyList<string> problems) : Exception(string.Join(" ", problems.Take(20)))
{
    public MusicException(string code, string problem)
        : this(code, [problem])
    {
    }

    public string Code { get; } = code;

    public IReadOnlyList<string> Problems { get; } = problems;
}
