using DrmHub.Cenc;
using DrmHub.Host.Pages.Words;
using DrmHub.Vault.Rights;

namespace DrmHub.Host.Pages.TryIt;

/// <summary>A kind of device that one may ask as: a DRM system and the level that it proves.</summary>
internal sealed record DeviceChoice(string Code, DrmSystem System, SecurityLevel Level, string Examples)
{
    public static readonly IReadOnlyList<DeviceChoice> All =
    [
        new("widevine-l1", DrmSystem.Widevine, SecurityLevel.Hardware, "Android phones, TVs"),
        new("widevine-l3", DrmSystem.Widevine, SecurityLevel.Software, "Chrome and Firefox on a computer"),
        new("playready-sl3000", DrmSystem.PlayReady, SecurityLevel.Hardware, "Edge with hardware, TVs, Xbox"),
        new("playready-sl2000", DrmSystem.PlayReady, SecurityLevel.Software, "Edge on a computer"),
        new("fairplay-main", DrmSystem.FairPlay, SecurityLevel.Hardware, "iPhone, Apple TV"),
        new("fairplay-baseline", DrmSystem.FairPlay, SecurityLevel.HardwareCrypto, "older Apple devices"),
        new("fairplay", DrmSystem.FairPlay, SecurityLevel.Software, "Apple devices without a report"),
        new("clearkey", DrmSystem.ClearKey, SecurityLevel.None, "any browser, no protection"),
    ];

    public string Name => Names.Device(System, Level.ToString());

    public static DeviceChoice? Find(string? code) => All.FirstOrDefault(choice => choice.Code == code);

    /// <summary>The kind that an entry of the log names.</summary>
    public static DeviceChoice? Find(string? system, string? level) =>
        All.FirstOrDefault(choice => choice.Code.Split('-')[0] == system && choice.Level.ToString() == level) ?? All.FirstOrDefault(choice => choice.Code.Split('-')[0] == system);
}
