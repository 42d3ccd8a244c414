using System.Security;

namespace DrmHub.LicenseProxy.Upstreams;

/// <summary>
/// Secrets stand in files or in the environment, never in the configuration itself: <c>file:PATH</c> (its content without the last line end) or
/// <c>env:NAME</c>.
/// </summary>
public static class UpstreamSecret
{
    /// <summary>Longest secret file, in bytes: a private key in PEM fits many times over.</summary>
    private const int MaxFile = 64 * 1024;

    public static bool IsReference(string? text) =>
        text is not null && (text.StartsWith("file:", StringComparison.Ordinal) || text.StartsWith("env:", StringComparison.Ordinal));

    /// <returns>The secret, or null with what is wrong in <paramref name="problem"/>; the problem never quotes a secret.</returns>
    public static string? Read(string reference, out string? problem)
    {
        ArgumentNullException.ThrowIfNull(reference);
        problem = null;
        if (reference.StartsWith("env:", StringComparison.Ordinal))
        {
            var value = Environment.GetEnvironmentVariable(reference[4..]);
            if (string.IsNullOrEmpty(value)) problem = $"the environment variable {reference[4..]} is not set";
            return string.IsNullOrEmpty(value) ? null : value;
        }

        if (!reference.StartsWith("file:", StringComparison.Ordinal))
        {
            problem = "a secret is named by file:PATH or env:NAME, it does not stand in the configuration";
            return null;
        }

        var path = reference[5..];
        try
        {
            if (new FileInfo(path).Length > MaxFile)
            {
                problem = $"{path} has more than {MaxFile} bytes";
                return null;
            }

            var text = File.ReadAllText(path).TrimEnd('\r', '\n');
            if (text.Length > 0) return text;
            problem = $"{path} is empty";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException or SecurityException)
        {
            problem = $"{path} cannot be read";
        }

        return null;
    }
}
