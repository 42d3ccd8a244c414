using DrmHub.Testing;
using DrmHub.Vault.Rights;
using Microsoft.Extensions.Time.Testing;

namespace DrmHub.LicenseProxy.Tests;

/// <summary>Device slots of accounts, on the real database.</summary>
public sealed class DeviceTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));
    private TestVault _vault = null!;
    private DeviceSlots _slots = null!;

    public async Task InitializeAsync()
    {
        _vault = await TestVault.OpenAsync(_time);
        _slots = new DeviceSlots(_vault.Database, new DeviceSlotOptions(), _time);
    }

    public async Task DisposeAsync() => await _vault.DisposeAsync();

    [Fact]
    public async Task An_account_has_so_many_devices_and_a_swap_waits()
    {
        Assert.Equal(DeviceSlotResult.Added, await TakeAsync("a"));
        Assert.Equal(DeviceSlotResult.Added, await TakeAsync("b"));
        Assert.Equal(DeviceSlotResult.Known, await TakeAsync("a"));
        Assert.Equal(new DeviceSlotAnswer(DeviceSlotResult.Full), await _slots.TakeAsync(new DeviceRequest("account", "c", 2)));
        Assert.Equal(DeviceSlotResult.Added, await TakeAsync("c", account: "another"));

        Assert.True(await _slots.RemoveAsync("account", "a"));
        Assert.False(await _slots.RemoveAsync("account", "a"));
        var freeAt = _time.GetUtcNow().AddDays(7).ToUnixTimeMilliseconds();
        Assert.Equal(new DeviceSlotAnswer(DeviceSlotResult.Full, freeAt), await _slots.TakeAsync(new DeviceRequest("account", "c", 2)));

        // The device that was removed may come back meanwhile: its slot is its own still.
        Assert.Equal(DeviceSlotResult.Added, await TakeAsync("a"));
        Assert.True(await _slots.RemoveAsync("account", "a"));
        _time.Advance(TimeSpan.FromDays(7) + TimeSpan.FromSeconds(1));
        Assert.Equal(DeviceSlotResult.Added, await TakeAsync("c"));
        Assert.Equal(DeviceSlotResult.Full, await TakeAsync("a"));
    }

    [Fact]
    public async Task A_device_that_is_not_seen_for_long_gives_its_slot_up()
    {
        await TakeAsync("a");
        await TakeAsync("b");
        _time.Advance(TimeSpan.FromDays(60));
        Assert.Equal(DeviceSlotResult.Known, await TakeAsync("b"));
        _time.Advance(TimeSpan.FromDays(31));
        Assert.Equal(DeviceSlotResult.Added, await TakeAsync("c"));
        Assert.Equal(DeviceSlotResult.Full, await TakeAsync("d"));
    }

    [Fact]
    public async Task A_name_is_bound_to_the_device_that_first_proved_itself_under_it()
    {
        Assert.Equal(DeviceSlotResult.Added, await TakeAsync("phone", "serial-1"));
        Assert.Equal(DeviceSlotResult.Known, await TakeAsync("phone", "serial-1"));
        Assert.Equal(DeviceSlotResult.Known, await TakeAsync("phone"));
        Assert.Equal(DeviceSlotResult.OtherDevice, await TakeAsync("phone", "serial-2"));

        // A new installation may, but not more often than slots are swapped.
        _time.Advance(TimeSpan.FromDays(8));
        Assert.Equal(DeviceSlotResult.Known, await TakeAsync("phone", "serial-2"));
        Assert.Equal(DeviceSlotResult.OtherDevice, await TakeAsync("phone", "serial-1"));
    }

    [Fact]
    public async Task However_many_ask_at_once_no_more_are_granted()
    {
        var other = new DeviceSlots(_vault.Database, new DeviceSlotOptions(), _time);
        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(i => Task.Run(async () => await (i % 2 == 0 ? _slots : other).TakeAsync(new DeviceRequest("crowd", $"d{i}", 3)))));
        Assert.Equal(3, answers.Count(answer => answer.IsGranted));
        Assert.Equal(3, (await _slots.ListAsync("crowd")).Count);
    }

    [Fact]
    public async Task What_was_forgotten_is_free_at_once()
    {
        await TakeAsync("a");
        await TakeAsync("b");
        await _slots.ForgetAsync("account", "b");
        Assert.Equal(DeviceSlotResult.Added, await TakeAsync("c"));
        Assert.Equal(DeviceSlotResult.Full, await TakeAsync("b"));
    }

    private async Task<DeviceSlotResult> TakeAsync(string device, string? proven = null, string account = "account") =>
        (await _slots.TakeAsync(new DeviceRequest(account, device, 2) { Proven = proven })).Result;
}
