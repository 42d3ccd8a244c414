using System.Text;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Tokens;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Tests;

/// <summary>A DRM system whose challenges say what the test says: what real ones prove of their device only real devices can.</summary>
internal sealed class ScriptedExchange(LicenseQuestion question) : ILicenseExchange
{
    public DrmSystem System => question.System;

    public LicenseGrant? Granted { get; private set; }

    public int Writes { get; private set; }

    /// <summary>What the licence service does in the place of answering.</summary>
    public Func<Task>? Fails { get; init; }

    public static LicenseQuestion Question(IEnumerable<KeyId> keyIds, string? device = null) => new()
    {
        System = DrmSystem.Widevine,
        KeyIds = [.. keyIds],
        Level = SecurityLevel.Hardware,
        Device = new DeviceFacts { Id = device, Platform = "android", Model = "Test 1" },
    };

    public ValueTask<LicenseQuestion> ParseAsync(PlayerToken player, CancellationToken cancellationToken) => ValueTask.FromResult(question);

    public async ValueTask<LicenseAnswer> WriteAsync(LicenseGrant grant, CancellationToken cancellationToken)
    {
        Writes++;
        if (Fails is not null) await Fails();
        Granted = grant;
        return new LicenseAnswer(Encoding.UTF8.GetBytes("licence"), "application/octet-stream") { Upstream = "scripted", Details = new Dictionary<string, string> { ["made"] = "up" } };
    }
}
