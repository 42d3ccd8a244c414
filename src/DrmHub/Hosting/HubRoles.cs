namespace DrmHub.Host.Hosting;

/// <summary>Which doors this process opens. Configuration <c>Roles</c>: <c>keys</c>, <c>licenses</c>, <c>music</c>, separated by commas; default all.</summary>
internal sealed record HubRoles(bool Keys, bool Licenses, bool Music)
{
    /// <exception cref="ArgumentException">A role that does not exist.</exception>
    public static HubRoles Read(IConfiguration configuration)
    {
        if (configuration["Roles"] is not { Length: > 0 } text) return new HubRoles(true, true, true);
        var names = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (names.FirstOrDefault(name => name is not ("keys" or "licenses" or "music")) is { } unknown)
            throw new ArgumentException($"Roles: '{unknown}' is none of keys, licenses, music.");
        return new HubRoles(names.Contains("keys"), names.Contains("licenses"), names.Contains("music"));
    }
}
