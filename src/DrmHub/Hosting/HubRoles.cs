namespace DrmHub.Host.Hosting;

/// <summary>Which doors this process opens. Configuration <c>Roles</c>: <c>keys</c>, <c>licenses</c>, separated by commas; default all.</summary>
internal sealed record HubRoles(bool Keys, bool Licenses)
{
    /// <exception cref="ArgumentException">A role that does not exist.</exception>
    public static HubRoles Read(IConfiguration configuration)
    {
        if (configuration["Roles"] is not { Length: > 0 } text) return new HubRoles(true, true);
        var names = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (names.FirstOrDefault(name => name is not ("keys" or "licenses")) is { } unknown)
            throw new ArgumentException($"Roles: '{unknown}' is neither keys nor licenses.");
        return new HubRoles(names.Contains("keys"), names.Contains("licenses"));
    }
}
