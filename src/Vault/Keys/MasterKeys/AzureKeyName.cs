using System.Diagnostics.CodeAnalysis;

namespace DrmHub.Vault.Keys.MasterKeys;

/// <summary>The parts of a Key Vault key identifier: <c>https://vault/keys/name[/version]</c>.</summary>
internal sealed record AzureKeyName(Uri Vault, string Name, string? Version)
{
    /// <summary>What the identifiers of all versions start with.</summary>
    public string Prefix => $"{Vault.GetLeftPart(UriPartial.Authority)}/keys/{Name}/";

    public static bool TryParse(Uri? uri, [NotNullWhen(true)] out AzureKeyName? key)
    {
        key = null;
        if (uri is not { IsAbsoluteUri: true, Scheme: "https", Query: "", Fragment: "", UserInfo: "" }) return false;
        var parts = uri.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length is < 2 or > 3 || parts[0] != "keys" || !parts.Skip(1).All(IsName)) return false;
        key = new AzureKeyName(new Uri(uri.GetLeftPart(UriPartial.Authority)), parts[1], parts.ElementAtOrDefault(2));
        return true;
    }

    /// <summary>What the service allows: letters, digits and hyphens, up to 127.</summary>
    private static bool IsName(string text) => text.Length is > 0 and <= 127 && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
