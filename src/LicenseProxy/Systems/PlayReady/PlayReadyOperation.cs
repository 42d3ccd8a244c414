namespace DrmHub.LicenseProxy.Systems.PlayReady;

/// <summary>What a PlayReady client asks of the one address that it knows.</summary>
internal enum PlayReadyOperation
{
    AcquireLicense,
    AcknowledgeLicense,
    AcquirePackagingData,
    GetMeteringCertificate,
    JoinDomain,
    LeaveDomain,
    ProcessDeleteLicenseData,
    ProcessMeteringData,
    ProcessSecureStopData,
}

/// <summary>Names on the wire.</summary>
internal static class PlayReadyOperations
{
    public const string Protocols = "http://schemas.microsoft.com/DRM/2007/03/protocols";

    private const string ActionPrefix = Protocols + "/";

    /// <summary>The <c>SOAPAction</c>, in the quotes that SOAP 1.1 asks for.</summary>
    public static string Action(this PlayReadyOperation operation) => $"\"{ActionPrefix}{operation}\"";

    /// <returns>Null where the header names no known operation.</returns>
    public static PlayReadyOperation? Parse(string action)
    {
        var text = action.Trim().Trim('"');
        return text.StartsWith(ActionPrefix, StringComparison.Ordinal) ? FromName(text[ActionPrefix.Length..]) : null;
    }

    public static PlayReadyOperation? FromName(string name) =>
        name.Length > 0 && char.IsAsciiLetter(name[0]) && Enum.TryParse<PlayReadyOperation>(name, out var operation) && Enum.IsDefined(operation) ? operation : null;
}
