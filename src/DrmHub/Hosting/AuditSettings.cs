using DrmHub.Vault.Audit;
using DrmHub.Vault.Keys;

namespace DrmHub.Host.Hosting;

/// <summary>The options of the audit log, from the configuration and, for its secrets, from the vault.</summary>
internal static class AuditSettings
{
    /// <summary>
    /// Section <c>Audit</c>: Origin, SpoolFile, SignerFile, PublishFile, PublishUrl, RequiredWitnesses, Witnesses, Webhooks. By default the spool and the
    /// signer's memory lie in the data directory.
    /// </summary>
    public static async Task<AuditOptions> ReadAsync(KeyVault vault, IConfiguration configuration, string dataDirectory, CancellationToken cancellationToken)
    {
        var section = configuration.GetSection("Audit");
        var defaults = new AuditOptions
        {
            LogKeySeed = await vault.GetOrCreateSecretAsync("audit.log-key", AuditOptions.SecretSize, cancellationToken),
            PseudonymKey = await vault.GetOrCreateSecretAsync("audit.pseudonyms", AuditOptions.SecretSize, cancellationToken),
        };
        return defaults with
        {
            Origin = section["Origin"] ?? defaults.Origin,
            Node = configuration["Node"] ?? Environment.MachineName,
            SpoolFile = section["SpoolFile"] ?? Path.Combine(dataDirectory, "audit", "spool"),
            SignerFile = section["SignerFile"] ?? Path.Combine(dataDirectory, "audit", "signed"),
            PublishFile = section["PublishFile"],
            PublishUrl = section["PublishUrl"] is { } url ? new Uri(url, UriKind.Absolute) : null,
            RequiredWitnesses = section.GetValue("RequiredWitnesses", 0),
            Witnesses = section.GetSection("Witnesses").Get<WitnessOptions[]>() ?? [],
            Webhooks = section.GetSection("Webhooks").Get<WebhookOptions[]>() ?? [],
        };
    }
}
