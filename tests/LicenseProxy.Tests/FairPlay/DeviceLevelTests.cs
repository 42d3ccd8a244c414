using DrmHub.LicenseProxy.Systems.FairPlay.Wire;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Tests.FairPlay;

public sealed class DeviceLevelTests
{
    private const ulong Audio = 0x17d99d574eed567d;

    [Theory]
    [InlineData(TestDevice.Main, 0b110000ul, 31u, SecurityLevel.Hardware)]
    [InlineData(TestDevice.Main, 0b010000ul, 31u, SecurityLevel.HardwareCrypto)] // It cannot be held to Main.
    [InlineData(TestDevice.Main, 0b000000ul, 31u, SecurityLevel.Software)]
    [InlineData(TestDevice.Main, 0b110000ul, 30u, SecurityLevel.Software)] // A Mac whose deny list is too old.
    [InlineData(TestDevice.Baseline, 0b110000ul, 31u, SecurityLevel.HardwareCrypto)]
    [InlineData(TestDevice.Baseline, 0b000000ul, 31u, SecurityLevel.Software)]
    [InlineData(Audio, 0b110000ul, 31u, SecurityLevel.Software)]
    [InlineData(0x1234ul, 0b110000ul, 31u, SecurityLevel.Software)]
    public async Task The_level_is_what_the_device_reports_and_can_be_held_to(ulong report, ulong capabilities, uint denyList, SecurityLevel expected) =>
        Assert.Equal(expected, (await ReportAsync(new TestDevice("skd://x").Reporting(report, capabilities, denyList))).LevelFor(31));

    [Fact]
    public async Task No_report_or_one_that_cannot_be_read_is_the_lowest()
    {
        Assert.Equal(SecurityLevel.Software, (await ReportAsync(new TestDevice("skd://x"))).LevelFor(31));
        Assert.Equal(SecurityLevel.Software, (await ReportAsync(new TestDevice("skd://x").Reporting(null, 0xff))).LevelFor(31));
        var enciphered = new TestDevice("skd://x").Reporting(TestDevice.Main);
        enciphered.Elements[TestDevice.ReportTag] = new byte[32];
        Assert.Equal(SecurityLevel.Software, (await ReportAsync(enciphered)).LevelFor(31));
        var cut = new TestDevice("skd://x").Reporting(TestDevice.Main);
        cut.Elements[TestDevice.ReportTag] = cut.Elements[TestDevice.ReportTag][..12];
        Assert.Equal(SecurityLevel.Software, (await ReportAsync(cut)).LevelFor(31));
    }

    [Fact]
    public async Task A_deny_list_in_an_element_of_its_own_goes_before_the_reports()
    {
        var device = new TestDevice("skd://x").Reporting(TestDevice.Main, denyList: 99);
        device.Elements[0x70eca6573388e329] = TestDevice.U32(12);
        var report = await ReportAsync(device);
        Assert.Equal((12u, SecurityLevel.Software), (report.DenyList, report.LevelFor(31)));
    }

    [Fact]
    public async Task The_device_and_the_way_out_are_named()
    {
        var device = new TestDevice("skd://x").Reporting(TestDevice.Main);
        device.Elements[0x94c17cd676c69b59] = TestDevice.U32(1);
        device.Elements[0xabb0256a31843974] = TestDevice.U64(0xabb0256a31843974);
        var report = await ReportAsync(device);
        Assert.Equal(("ios", "17.4.1", "living-room", "airplay"), (report.Platform, report.OsVersion, report.DeviceClass, report.Output));
    }

    private static async Task<DeviceReport> ReportAsync(TestDevice device)
    {
        await using var module = FairPlayVectors.Module();
        using var spc = await module.OpenAsync(device.SpcV2(), null, default);
        return spc.Facts.Device;
    }
}
