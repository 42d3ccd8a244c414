namespace DrmHub.KeyService.Packagers;

/// <summary>A feature of a request whose caller did not prove who it is, for whoever counts such requests: the status of an answer does not always say it.</summary>
public sealed class CredentialRefused
{
    public static readonly CredentialRefused Instance = new();

    private CredentialRefused()
    {
    }
}
