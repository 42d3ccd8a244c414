using System.Net;
using DrmHub.KeyService.Packagers;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Keys.Packagers;
using DrmHub.Vault.Storage.Shared;

namespace DrmHub.KeyService.Tests.Packagers;

/// <summary>What nodes count together, and what strangers may write into the log.</summary>
public sealed class SharedLimitsTests
{
    private readonly Clock _time = new();

    [Fact]
    public async Task The_rate_of_a_packager_is_one_for_all_nodes()
    {
        await using var shared = new InProcessSharedState(_time);
        var (here, there) = (new PackagerRates(shared, _time), new PackagerRates(shared, _time));
        var packager = new Packager { Name = "studio", Rate = 4 };
        for (var i = 0; i < 2; i++) Assert.Equal((0, 0), (await here.TakeAsync(packager, default), await there.TakeAsync(packager, default)));
        Assert.Equal((1, 1), (await here.TakeAsync(packager, default), await there.TakeAsync(packager, default)));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, await there.TakeAsync(packager, default));
    }

    [Fact]
    public async Task A_node_alone_keeps_the_rate_while_the_shared_state_is_away()
    {
        await using var away = new Away();
        var rates = new PackagerRates(away, _time);
        var packager = new Packager { Name = "studio", Rate = 2 };
        Assert.Equal((0, 0), (await rates.TakeAsync(packager, default), await rates.TakeAsync(packager, default)));
        Assert.True(await rates.TakeAsync(packager, default) > 0);
    }

    [Fact]
    public async Task Strangers_cannot_fill_the_log_and_what_they_tried_is_counted()
    {
        await using var door = await KeyDoor.OpenAsync(_time, _ => { });
        door.Remote = IPAddress.Parse("192.0.2.7");
        for (var i = 0; i < 50; i++)
        {
            using var refused = await door.Http.GetAsync(new Uri("/cpix/film", UriKind.Relative));
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        Assert.Equal(20, (await door.Vault.EntriesAsync()).Count(entry => entry.Kind == AuditKind.KeysRefused));
        door.Remote = IPAddress.Parse("192.0.2.8");
        (await door.Http.GetAsync(new Uri("/cpix/film", UriKind.Relative))).Dispose();
        Assert.Equal(21, (await door.Vault.EntriesAsync()).Count(entry => entry.Kind == AuditKind.KeysRefused));

        _time.Advance(TimeSpan.FromSeconds(2));
        door.Remote = IPAddress.Parse("192.0.2.7");
        (await door.Http.GetAsync(new Uri("/cpix/film", UriKind.Relative))).Dispose();
        var last = (await door.Vault.EntriesAsync())[0];
        Assert.Equal("30", last.Details["unrecorded"]);
    }

    [Fact]
    public void Addresses_of_one_network_of_version_6_are_one_stranger()
    {
        var refusals = new StrangerRefusals(null!, _time);
        for (var i = 0; i < 20; i++) Assert.True(refusals.Take(IPAddress.Parse($"2001:db8:0:1::{i:x}"), out _));
        Assert.False(refusals.Take(IPAddress.Parse("2001:db8:0:1:ffff::1"), out _));
        Assert.True(refusals.Take(IPAddress.Parse("2001:db8:0:2::1"), out _));
        Assert.True(refusals.Take(IPAddress.Parse("::ffff:192.0.2.1"), out _));
    }

    [Fact]
    public void Many_addresses_cost_no_more_memory_than_a_few_thousand()
    {
        var refusals = new StrangerRefusals(null!, _time);
        var recorded = 0;
        for (var i = 0; i < 10_000; i++) recorded += refusals.Take(new IPAddress(0x0A000000L + i), out _) ? 1 : 0;
        Assert.InRange(recorded, 4096, 4096 + 40);
    }

    /// <summary>Answers as an implementation does whose store is away.</summary>
    private sealed class Away : ISharedState
    {
        public bool IsHealthy => false;

        public ValueTask<SlotAnswer> TakeSlotAsync(SlotRequest request, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(new SlotAnswer(SlotResult.Refused, SharedAnswerSource.FailedClosed));

        public ValueTask<SlotStatus> RenewSlotAsync(string account, string session, TimeSpan lifetime, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(new SlotStatus(SlotState.Unknown, "", SharedAnswerSource.FailedClosed));

        public ValueTask<SlotStatus> ReleaseSlotAsync(string account, string session, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(new SlotStatus(SlotState.Unknown, "", SharedAnswerSource.FailedClosed));

        public ValueTask<SharedAnswer> UseTokenAsync(string tokenId, TimeSpan lifetime, CancellationToken cancellationToken = default) => Answer();

        public ValueTask<SharedAnswer> TakePermitAsync(string bucket, int burst, double perSecond, CancellationToken cancellationToken = default) => Answer();

        public ValueTask<long?> GetRevocationVersionAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult<long?>(null);

        public ValueTask<long?> RaiseRevocationVersionAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult<long?>(null);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private static ValueTask<SharedAnswer> Answer() => ValueTask.FromResult(new SharedAnswer(false, SharedAnswerSource.FailedClosed));
    }
}
