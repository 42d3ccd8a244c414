using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace DrmHub.Sandbox.LicenseServices.Faults;

/// <summary>
/// What goes wrong with one answer, written as words with commas between them: <c>latency:MS</c> (wait first), <c>status:CODE</c>
/// (an HTTP error with no useful body), <c>half</c> (the connection ends in the middle of the body), <c>reset</c> (it ends before the
/// first byte), <c>hang</c> (nothing comes until the caller gives up), <c>garbage</c> (200 with random bytes), <c>wrong-signature</c>
/// (an answer that devices must refuse), <c>revoked</c> (the service's own refusal of a revoked device).
/// </summary>
internal sealed record Fault
{
    public static readonly Fault None = new();

    public const int MaxLatencyMs = 120_000;

    public int LatencyMs { get; init; }

    public int? Status { get; init; }

    public bool Half { get; init; }

    public bool Reset { get; init; }

    public bool Hang { get; init; }

    public bool Garbage { get; init; }

    public bool WrongSignature { get; init; }

    public bool Revoked { get; init; }

    /// <returns>False where a word is none of the above or a number is out of range (latency 0 to 120000, status 400 to 599).</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out Fault? fault)
    {
        fault = None;
        foreach (var word in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            fault = word switch
            {
                "half" => fault with { Half = true },
                "reset" => fault with { Reset = true },
                "hang" => fault with { Hang = true },
                "garbage" => fault with { Garbage = true },
                "wrong-signature" => fault with { WrongSignature = true },
                "revoked" => fault with { Revoked = true },
                _ when Number(word, "latency:", 0, MaxLatencyMs) is { } milliseconds => fault with { LatencyMs = milliseconds },
                _ when Number(word, "status:", 400, 599) is { } status => fault with { Status = status },
                _ => null,
            };
            if (fault is null) return false;
        }

        return true;
    }

    private static int? Number(string word, string prefix, int least, int most) =>
        word.StartsWith(prefix, StringComparison.Ordinal) && int.TryParse(word.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : null;
}
