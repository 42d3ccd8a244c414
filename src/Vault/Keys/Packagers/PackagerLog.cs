using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Keys.Packagers;

internal static partial class PackagerLog
{
    [LoggerMessage(2090, LogLevel.Error, "A credential of the packager {Packager} cannot be opened: its row was changed, or a newer program wrote it. It is not accepted")]
    public static partial void CredentialUnreadable(this ILogger logger, string packager);
}
