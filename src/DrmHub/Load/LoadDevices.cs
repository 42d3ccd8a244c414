using System.Buffers.Text;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.Sandbox.Devices;

namespace DrmHub.Host.Load;

/// <summary>
/// Makes the challenges of players: a browser's Clear Key request, or one of a simulated device. Devices have key pairs that are costly to make, so
/// players of one kind share a few of them.
/// </summary>
internal sealed class LoadDevices : IDisposable
{
    public const string ClearKey = "clearkey";

    private const int PerKind = 16;
    private readonly Dictionary<string, ISimulatedDevice[]> _devices;
    private readonly LicenseWish _wish;
    private readonly byte[] _clearKey;

    public LoadDevices(IEnumerable<string> kinds, IReadOnlyList<KeyId> keyIds, string contentId)
    {
        _wish = new LicenseWish { KeyIds = keyIds, ContentId = contentId };
        _clearKey = JsonSerializer.SerializeToUtf8Bytes(new { kids = keyIds.Select(id => Base64Url.EncodeToString(id.ToByteArray())), type = "temporary" });
        _devices = kinds.Where(kind => kind != ClearKey).Distinct().ToDictionary(kind => kind, kind => Enumerable.Range(0, PerKind).Select(i => SimulatedDevices.Create(kind, $"load-{i}")).ToArray());
    }

    public static IReadOnlyList<string> Kinds { get; } = [ClearKey, .. SimulatedDevices.Kinds];

    /// <summary>The path of the licence route for a kind.</summary>
    public static string PathFor(string kind) => "license/" + kind.Split('-')[0];

    /// <returns>The body, its media type, further headers, and how to open the answer (null for Clear Key).</returns>
    public (byte[] Body, string ContentType, IReadOnlyDictionary<string, string> Headers, DeviceChallenge? Challenge) Ask(string kind, int player)
    {
        if (kind == ClearKey) return (_clearKey, "application/json", new Dictionary<string, string>(), null);
        var device = _devices[kind][player % PerKind];
        var wish = device.System == DrmSystem.FairPlay ? _wish with { KeyIds = [_wish.KeyIds[player % _wish.KeyIds.Count]] } : _wish;
        DeviceChallenge challenge;
        lock (device) challenge = device.Ask(wish);
        return (challenge.Body, challenge.ContentType, challenge.Headers, challenge);
    }

    public void Dispose()
    {
        foreach (var device in _devices.Values.SelectMany(each => each)) device.Dispose();
    }
}
