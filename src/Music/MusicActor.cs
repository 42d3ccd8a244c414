namespace DrmHub.Music;

/// <summary>Who changes something, for the audit log.</summary>
/// <param name="Name">The account of an operator or service.</param>
/// <param name="Role">The role under which it came.</param>
/// <param name="RequestId">The request, where there is one.</param>
public sealed record MusicActor(string? Name, string? Role = null, string? RequestId = null)
{
    public static readonly MusicActor CommandLine = new("command line");
}
