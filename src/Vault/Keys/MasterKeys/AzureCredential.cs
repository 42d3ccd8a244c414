using Azure.Core;
using Azure.Identity;

namespace DrmHub.Vault.Keys.MasterKeys;

/// <summary>The credential that the options name.</summary>
internal static class AzureCredential
{
    /// <exception cref="MasterKeyException">A part of the credential is missing.</exception>
    public static TokenCredential Create(AzureKeyVaultOptions options) => options.Credential switch
    {
        AzureCredentialKind.WorkloadIdentity => new WorkloadIdentityCredential(WorkloadOptions(options)),
        AzureCredentialKind.ManagedIdentity => new ManagedIdentityCredential(options.ClientId is null ? ManagedIdentityId.SystemAssigned : ManagedIdentityId.FromUserAssignedClientId(options.ClientId)),
        AzureCredentialKind.ClientSecret => new ClientSecretCredential(Tenant(options), Client(options), Need(options.ClientSecret, "AZURE_CLIENT_SECRET")),
        AzureCredentialKind.ClientCertificate => new ClientCertificateCredential(Tenant(options), Client(options), Need(options.ClientCertificatePath, "AZURE_CLIENT_CERTIFICATE_PATH")),
        _ => throw new MasterKeyException($"Credential {options.Credential} is unknown."),
    };

    private static WorkloadIdentityCredentialOptions WorkloadOptions(AzureKeyVaultOptions options)
    {
        // These take AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE by themselves.
        var workload = new WorkloadIdentityCredentialOptions();
        if (options.TenantId is not null) workload.TenantId = options.TenantId;
        if (options.ClientId is not null) workload.ClientId = options.ClientId;
        return workload;
    }

    private static string Tenant(AzureKeyVaultOptions options) => Need(options.TenantId, "AZURE_TENANT_ID");

    private static string Client(AzureKeyVaultOptions options) => Need(options.ClientId, "AZURE_CLIENT_ID");

    private static string Need(string? value, string variable) =>
        value ?? Environment.GetEnvironmentVariable(variable) ?? throw new MasterKeyException($"The Azure credential needs {variable} or the option of that name.");
}
