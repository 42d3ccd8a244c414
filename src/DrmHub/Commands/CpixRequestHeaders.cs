namespace DrmHub.Host.Commands;

/// <summary>Headers of a request from a file or from the environment, so that no secret is on a command line.</summary>
internal static class CpixRequestHeaders
{
    /// <summary>Reads when called: an error is then one of the command's.</summary>
    public static Func<IReadOnlyList<(string Name, string Value)>> Read(string? file, IReadOnlyList<string> variables) => () =>
    {
        var lines = file is null ? [] : File.ReadAllLines(file).Where(line => line.Trim().Length > 0 && !line.StartsWith('#'));
        var values = variables.Select(name => Environment.GetEnvironmentVariable(name) ?? throw new ArgumentException($"The environment variable {name} is not set."));
        return [.. lines.Select(line => Split(line, "the header file")), .. values.Select(value => Split(value, "an environment variable"))];
    };

    /// <summary>The message does not repeat the line: it may hold a secret.</summary>
    private static (string Name, string Value) Split(string line, string where)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 ? (line[..colon].Trim(), line[(colon + 1)..].Trim()) : throw new ArgumentException($"A line in {where} is not 'Name: value'.");
    }
}
