using DrmHub.Cenc;
using DrmHub.Cenc.Encryption;
using DrmHub.Cenc.Pssh;
using DrmHub.Sandbox.Devices;
using DrmHub.Sandbox.Devices.Widevine;
using DrmHub.Testing;

namespace DrmHub.EndToEnd.Tests;

/// <summary>Shaka Packager with <c>--enable_entitlement_license</c>, devices with one licence, and the samples of the source again.</summary>
public sealed class EntitlementTests
{
    [SkippableTheory]
    [InlineData("cenc", false)]
    [InlineData("cbcs", false)]
    [InlineData("cenc", true)]
    [InlineData("cbcs", true)]
    public async Task One_licence_opens_every_crypto_period_and_the_media_comes_out_as_it_went_in(string scheme, bool rotated)
    {
        Skip.If(Tools.ShakaPackager is null, "Needs shaka-packager: tests/run installs it.");
        await using var hub = await HubProcess.StartAsync();
        using var folder = new TemporaryFolder();
        await ReadBackTests.RunAsync([ReadBackTests.Stream("demo-sd.mp4", folder, "plain.mp4")]);
        await ReadBackTests.RunAsync([ReadBackTests.Stream("demo-sd.mp4", folder, "locked.mp4"), .. Keys(hub, scheme), .. rotated ? (string[])["--crypto_period_duration", "4", "--segment_duration", "2"] : []]);

        // Two boxes in the moov, or in every fragment: the same for all fragments of a crypto period.
        var periods = Boxes(folder).Chunk(2).Select(pair => pair.SelectMany(box => box.Box.ToByteArray()).ToArray()).DistinctBy(Convert.ToBase64String).ToList();
        Assert.Equal(rotated ? 3 : 1, periods.Count);

        using var device = new WidevineDevice(WidevineLevel.L3);
        var url = new Uri(hub.Address, "/license/widevine");
        using var visit = Assert.Single(await new DeviceClient(hub.Http).AskAsync(device, new LicenseWish { InitData = periods[0] }, url, await hub.TokenAsync("player", "--sub", "demo-premium")));
        Assert.True(visit.License is not null, visit.Refusal?.ToString());
        Assert.Equal("SD, AUDIO", visit.Granted);
        var opened = periods.Select(boxes => device.TakeEntitled(visit.License!, boxes)).ToList();
        Assert.All(opened, license => Assert.Equal(2, license.Keys.Count));

        // Shaka Packager decrypts no rotated media; the hub's own decryptor does.
        using (var decryptor = new FileDecryptor(new DecryptionOptions { Keys = id => opened.SelectMany(license => license.Keys).FirstOrDefault(key => key.KeyId == id)?.Key }))
        using (var output = File.Create(Path.Combine(folder.Path, "opened.mp4")))
        {
            using var locked = File.OpenRead(Path.Combine(folder.Path, "locked.mp4"));
            decryptor.Decrypt(locked, output);
        }

        var plain = await ReadBackTests.MediaDataAsync(folder, "plain.mp4");
        Assert.NotEqual(plain, await ReadBackTests.MediaDataAsync(folder, "locked.mp4"));
        Assert.Equal(plain, await ReadBackTests.MediaDataAsync(folder, "opened.mp4"));
        foreach (var license in opened) license.Dispose();
    }

    [SkippableFact]
    public async Task The_packager_reads_its_own_media_back()
    {
        Skip.If(Tools.ShakaPackager is null, "Needs shaka-packager: tests/run installs it.");
        await using var hub = await HubProcess.StartAsync();
        using var folder = new TemporaryFolder();
        await ReadBackTests.RunAsync([ReadBackTests.Stream("demo-sd.mp4", folder, "plain.mp4")]);
        await ReadBackTests.RunAsync([ReadBackTests.Stream("demo-sd.mp4", folder, "locked.mp4"), .. Keys(hub, "cbcs")]);
        await ReadBackTests.RunAsync([$"in={folder.Path}/locked.mp4,stream=video,output={folder.Path}/opened.mp4", "--enable_widevine_decryption", .. Server(hub)]);
        Assert.Equal(await ReadBackTests.MediaDataAsync(folder, "plain.mp4"), await ReadBackTests.MediaDataAsync(folder, "opened.mp4"));
    }

    [SkippableFact]
    public async Task A_device_that_knows_no_entitlements_plays_the_same_media()
    {
        Skip.If(Tools.ShakaPackager is null, "Needs shaka-packager: tests/run installs it.");
        await using var hub = await HubProcess.StartAsync();
        using var folder = new TemporaryFolder();
        await ReadBackTests.RunAsync([ReadBackTests.Stream("demo-sd.mp4", folder, "locked.mp4"), .. Keys(hub, "cenc")]);
        byte[] boxes = [.. Boxes(folder).SelectMany(box => box.Box.ToByteArray())];
        var url = new Uri(hub.Address, "/license/widevine");
        var token = await hub.TokenAsync("player", "--sub", "demo-premium");
        var client = new DeviceClient(hub.Http);
        using var old = new WidevineDevice(WidevineLevel.L3, "old", oemCryptoVersion: 13);
        using var current = new WidevineDevice(WidevineLevel.L3);
        using var single = Assert.Single(await client.AskAsync(old, new LicenseWish { InitData = boxes }, url, token));
        using var entitled = Assert.Single(await client.AskAsync(current, new LicenseWish { InitData = boxes }, url, token));
        Assert.Equal(Named(single), Named(entitled));
        Assert.Equal(2, Named(single).Count);
    }

    private static List<string> Named(DeviceVisit visit)
    {
        Assert.True(visit.License is not null, visit.Refusal?.ToString());
        return [.. visit.License!.Keys.Select(key => $"{key.KeyId} {Convert.ToHexString(key.Key.Bytes)}").Order(StringComparer.Ordinal)];
    }

    /// <summary>Widevine's, in the order of the file.</summary>
    private static List<PsshLocation> Boxes(TemporaryFolder folder)
    {
        using var file = File.OpenRead(Path.Combine(folder.Path, "locked.mp4"));
        return [.. PsshScanner.Read(file).Where(found => found.Box.SystemId == DrmSystemIds.Widevine)];
    }

    private static string[] Keys(HubProcess hub, string scheme) =>
    [
        "--enable_widevine_encryption", "--enable_entitlement_license", "--content_id", Convert.ToHexStringLower("demo-entitled"u8), "--protection_scheme", scheme,
        "--protection_systems", "Widevine", "--clear_lead", "0", .. Server(hub),
    ];

    private static string[] Server(HubProcess hub) =>
    [
        "--key_server_url", new Uri(hub.Address, "/cenc/getcontentkey/widevine_test").AbsoluteUri,
        "--signer", "widevine_test", "--aes_signing_key", Packaging.TestKey, "--aes_signing_iv", Packaging.TestIv,
    ];
}
