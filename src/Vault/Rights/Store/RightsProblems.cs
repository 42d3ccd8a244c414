using System.Text.Json;

namespace DrmHub.Vault.Rights;

/// <summary>One thing that is wrong with a document.</summary>
/// <param name="Path">Where: <c>$.territories</c>.</param>
/// <param name="Code">Stable: one of the constants here.</param>
/// <param name="Message">A sentence for a person.</param>
public sealed record RightsProblem(string Path, string Code, string Message)
{
    /// <summary>It is no JSON, or a member has another type or name than it should.</summary>
    public const string Malformed = "value.malformed";

    /// <summary>Something that is needed is not there.</summary>
    public const string Missing = "value.missing";

    /// <summary>A number or a length is outside its range.</summary>
    public const string Range = "value.range";

    /// <summary>Something stands twice.</summary>
    public const string Duplicate = "value.duplicate";

    /// <summary>Two values do not go together.</summary>
    public const string Conflict = "value.conflict";

    internal static RightsProblem From(JsonException exception)
    {
        // The serializer's sentence ends with its own place, and may quote types of this program.
        var message = exception.Message.Split(" Path:")[0];
        if (message.Contains("could not be converted", StringComparison.Ordinal)) message = "The value has another type or name than the member takes.";
        else if (message.Contains("could not be mapped", StringComparison.Ordinal)) message = "There is no such member.";
        else if (message.Contains("missing required", StringComparison.Ordinal))
            return new RightsProblem(exception.Path ?? "$", Missing, "A member that is needed is missing: " + message[(message.LastIndexOf(':') + 1)..].Trim());
        else if (message.Contains("DrmHub.", StringComparison.Ordinal)) message = "The value has another type than the member takes, or is null.";
        return new RightsProblem(exception.Path ?? "$", Malformed, message);
    }
}

/// <summary>Gathers everything that is wrong, so that it is said at once.</summary>
public sealed class RightsProblems
{
    private readonly List<RightsProblem> _found = [];

    public IReadOnlyList<RightsProblem> Found => _found;

    public void Add(string path, string code, string message) => _found.Add(new RightsProblem(path, code, message));

    public void ThrowIfAny()
    {
        if (_found.Count > 0) throw new RightsInvalidException(_found);
    }
}

/// <summary>A document, or a batch of them, that is not taken. Nothing of it is stored.</summary>
public sealed class RightsInvalidException(IReadOnlyList<RightsProblem> problems, long? line = null) : Exception(Describe(problems, line))
{
    public IReadOnlyList<RightsProblem> Problems { get; } = problems;

    /// <summary>Of a batch: the line that is wrong, counted from 1.</summary>
    public long? Line { get; } = line;

    private static string Describe(IReadOnlyList<RightsProblem> problems, long? line) =>
        (line is null ? "" : $"Line {line}: ") + string.Join(' ', problems.Select(problem => $"{problem.Path}: {problem.Message}"));
}

/// <summary>The document is not the one that the change was made for: somebody else changed it in between.</summary>
public sealed class RightsConflictException(string message) : Exception(message);
