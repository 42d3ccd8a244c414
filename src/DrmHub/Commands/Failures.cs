using System.Text.RegularExpressions;
using DrmHub.Cenc;

namespace DrmHub.Host.Commands;

/// <summary>Turns what a file, a pipe or a value can do wrong into one line on standard error and exit code 1.</summary>
internal static partial class Failures
{
    public const int Failed = 1;

    public static int Guard(Func<int> action)
    {
        try
        {
            return action();
        }
        catch (OperationCanceledException)
        {
            return Say("stopped");
        }
        catch (ArgumentException exception)
        {
            // The name of a parameter of our code says nothing to who typed the command.
            return Say(exception.Message.Replace($" (Parameter '{exception.ParamName}')", "", StringComparison.Ordinal));
        }
        catch (Exception exception) when (exception is CencFormatException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return Say(exception.Message);
        }
    }

    public static int Say(string message)
    {
        Console.Error.WriteLine("drmhub: " + KeyPair().Replace(message.ReplaceLineEndings(" "), "[redacted]"));
        return Failed;
    }

    /// <summary>KID:KEY, typed where a file name belongs, would come back in "no such file". A key id alone stays: it says what is missing.</summary>
    [GeneratedRegex(@"[0-9A-Fa-f-]{32,36}:[^'\s]*")]
    private static partial Regex KeyPair();
}
