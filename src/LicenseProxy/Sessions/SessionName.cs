using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using DrmHub.LicenseProxy.Tokens;

namespace DrmHub.LicenseProxy.Sessions;

/// <summary>
/// The name of a playback: the same for all licence requests of one player, another for any other. It counts within its account only, so it
/// is no secret: another subscriber's name opens nothing.
/// </summary>
/// <remarks>
/// A playback is what one token (its <c>sid</c>, else its <c>jti</c>, else the token itself) is used for on one device: the device that the
/// challenge proves for good, else the one that the token names, else the address. The second half of the name stands for that device, so a player
/// that comes with a fresh token may go on under its old name, and a copy of it elsewhere may not.
/// </remarks>
internal static class SessionName
{
    private const int PartBytes = 12;
    private const int PartLength = 16;

    /// <summary>32 characters of base64url.</summary>
    public const int Length = 2 * PartLength;

    public static string Of(PlayerToken player, LicenseQuestion question, LicenseCaller caller)
    {
        var device = Part(player.Subscriber, "device", DeviceOf(player, question, caller));
        if (caller.Session is { } earlier && IsWellFormed(earlier) && earlier.EndsWith(device, StringComparison.Ordinal)) return earlier;
        return Part(player.Subscriber, "playback", player.Session ?? player.Id ?? player.Fingerprint) + device;
    }

    public static bool IsWellFormed(string? name) => name is { Length: Length } && Base64Url.IsValid(name);

    private static string DeviceOf(PlayerToken player, LicenseQuestion question, LicenseCaller caller)
    {
        if (question.Device is { Id: { } proven, IsIdLasting: true }) return "proven " + proven;
        if (player.Device is { } named) return "named " + named + " " + caller.Address;
        return "address " + caller.Address;
    }

    private static string Part(string account, string kind, string value)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{account.Length}:{account}{kind}:{value}"), hash);
        return Base64Url.EncodeToString(hash[..PartBytes]);
    }
}
