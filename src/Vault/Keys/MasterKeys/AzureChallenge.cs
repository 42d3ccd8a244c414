using System.Text;

namespace DrmHub.Vault.Keys.MasterKeys;

/// <summary>
/// What a 401 of Key Vault asks for: <c>Bearer authorization="https://login…/tenant", resource="https://vault.azure.net"</c>; or,
/// under continuous access evaluation, <c>error="insufficient_claims", claims="base64"</c>.
/// </summary>
internal sealed record AzureChallenge(string? Scope, string? TenantId, string? Claims)
{
    private const int MaxHeader = 16 * 1024;

    /// <summary>Null for a header without a Bearer challenge.</summary>
    public static AzureChallenge? Parse(string? header)
    {
        if (header is null || header.Length > MaxHeader || !header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) return null;
        var parameters = ReadParameters(header.AsSpan("Bearer ".Length));
        var resource = parameters.GetValueOrDefault("resource");
        var scope = parameters.GetValueOrDefault("scope") ?? (resource is null ? null : resource + "/.default");
        var authorization = parameters.GetValueOrDefault("authorization") ?? parameters.GetValueOrDefault("authorization_uri");
        var tenant = Uri.TryCreate(authorization, UriKind.Absolute, out var uri) ? uri.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() : null;
        var claims = parameters.GetValueOrDefault("error") == "insufficient_claims" ? Decode(parameters.GetValueOrDefault("claims")) : null;
        return new AzureChallenge(scope, tenant, claims);
    }

    /// <summary>
    /// True if a token for this scope may go to that host: the host lies under the scope's, by a whole label. Otherwise a host
    /// that merely answers 401 would be given a token for somebody's real vault.
    /// </summary>
    public bool IsFor(string requestHost) =>
        Uri.TryCreate(Scope, UriKind.Absolute, out var scope) && scope.Host.Length > 0 && requestHost.EndsWith("." + scope.Host, StringComparison.OrdinalIgnoreCase);

    private static Dictionary<string, string> ReadParameters(ReadOnlySpan<char> text)
    {
        var parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (true)
        {
            text = text.TrimStart(" ,\t");
            var equals = text.IndexOf('=');
            if (equals <= 0) return parameters;
            var name = text[..equals].Trim().ToString();
            text = text[(equals + 1)..].TrimStart();
            var quoted = !text.IsEmpty && text[0] == '"';
            if (quoted) text = text[1..];
            var end = quoted ? text.IndexOf('"') : text.IndexOfAny(',', ' ');
            if (end < 0) end = text.Length;
            parameters.TryAdd(name, text[..end].ToString());
            text = text[Math.Min(end + 1, text.Length)..];
        }
    }

    private static string? Decode(string? base64)
    {
        if (base64 is null) return null;
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64.PadRight((base64.Length + 3) / 4 * 4, '='), bytes, out var written) ? Encoding.UTF8.GetString(bytes, 0, written) : null;
    }
}
