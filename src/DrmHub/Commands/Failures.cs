using DrmHub.Cenc;

namespace DrmHub.Host.Commands;

/// <summary>Turns what a file, a pipe or a value can do wrong into one line on standard error and exit code 1.</summary>
internal static class Failures
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
        catch (Exception exception) when (exception is CencFormatException or IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return Say(exception.Message);
        }
    }

    public static int Say(string message)
    {
        Console.Error.WriteLine("drmhub: " + UsageErrors.Redact(message));
        return Failed;
    }
}
