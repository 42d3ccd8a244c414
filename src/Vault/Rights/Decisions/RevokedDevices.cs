using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace DrmHub.Vault.Rights;

/// <summary>All revocation lists in one, for the decision.</summary>
internal sealed class RevokedDevices
{
    private readonly HashSet<long> _systems = [];
    private readonly HashSet<string> _serials = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _apps = new(StringComparer.Ordinal);

    public RevokedDevices(IReadOnlyList<RevocationList> lists)
    {
        foreach (var list in lists)
        {
            _systems.UnionWith(list.SystemIds);
            _serials.UnionWith(list.CertificateSerials);
            _apps.UnionWith(list.AppIds);
        }

        Version = lists.Count == 0 ? "none" : string.Join(' ', lists.OrderBy(list => list.Id, StringComparer.Ordinal).Select(list => $"{list.Id}@{list.Version ?? Digest(list)}"));
    }

    /// <summary>Every list with its version: <c>widevine@2026-05 own@3f2a…</c>; <c>none</c> where there is no list.</summary>
    public string Version { get; }

    public bool Contains(DecisionRequest request) =>
        (request.SystemId is { } system && _systems.Contains(system))
        || (request.CertificateSerial is { } serial && _serials.Contains(serial))
        || (request.AppId is { } app && _apps.Contains(app));

    private static string Digest(RevocationList list) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(list, RightsJson.Options))))[..16];
}
