namespace DrmHub.Vault.Keys.MasterKeys;

/// <summary>The RSA key in an Azure Key Vault or Managed HSM. Configuration section <c>Vault:MasterKey:Azure</c>.</summary>
public sealed class AzureKeyVaultOptions
{
    /// <summary>
    /// <c>https://NAME.vault.azure.net/keys/KEY</c>, whose newest version wraps; or with <c>/VERSION</c>, which then wraps. The
    /// identity needs keys/get, keys/wrapKey and keys/unwrapKey.
    /// </summary>
    public Uri? Key { get; init; }

    /// <summary>Who asks. Default: workload identity (Kubernetes).</summary>
    public AzureCredentialKind Credential { get; init; } = AzureCredentialKind.WorkloadIdentity;

    /// <summary>Tenant and application; by default AZURE_TENANT_ID and AZURE_CLIENT_ID. For a managed identity the client id picks a user-assigned one.</summary>
    public string? TenantId { get; init; }

    public string? ClientId { get; init; }

    /// <summary>For <see cref="AzureCredentialKind.ClientSecret"/>; by default AZURE_CLIENT_SECRET.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>PEM or PFX for <see cref="AzureCredentialKind.ClientCertificate"/>; by default AZURE_CLIENT_CERTIFICATE_PATH.</summary>
    public string? ClientCertificatePath { get; init; }

    /// <summary>Longest wait for one answer of the vault, 1 to 30 seconds. Default 3 s.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Longest wait for one operation with its retries, which a Retry-After of the vault must not stretch; 1 second to 2 minutes. Default 10 s.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(10);

    internal void Check(List<string> errors)
    {
        if (!AzureKeyName.TryParse(Key, out _)) errors.Add("MasterKey:Azure:Key is https://NAME.vault.azure.net/keys/KEY[/VERSION].");
        if (AttemptTimeout < TimeSpan.FromSeconds(1) || AttemptTimeout > TimeSpan.FromSeconds(30)) errors.Add("MasterKey:Azure:AttemptTimeout is 1 to 30 seconds.");
        if (Deadline < TimeSpan.FromSeconds(1) || Deadline > TimeSpan.FromMinutes(2)) errors.Add("MasterKey:Azure:Deadline is 1 second to 2 minutes.");
    }
}

/// <summary>One named credential: a chain that tries several hides which of them is in use.</summary>
public enum AzureCredentialKind
{
    WorkloadIdentity,
    ManagedIdentity,
    ClientSecret,
    ClientCertificate,
}
