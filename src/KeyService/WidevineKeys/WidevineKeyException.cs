namespace DrmHub.KeyService.WidevineKeys;

/// <summary>A key request that is answered with a status other than OK. The message goes to the packager: it names no secret.</summary>
internal sealed class WidevineKeyException(string status, string message) : Exception(message)
{
    public string Status { get; } = status;
}
