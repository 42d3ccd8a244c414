using DrmHub.Cenc;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Tests.Rights;

public sealed class RightsStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("drmhub-rights-").FullName;

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task What_was_put_is_there_after_opening_again()
    {
        var deal = new Deal
        {
            Id = "d",
            Name = "Khoj, India",
            Licensor = "L",
            Content = new ContentSelector { Patterns = ["khoj-*"] },
            Territories = new HashSet<string> { "IN" },
            TerritoriesExcluded = new HashSet<string> { "LK" },
            OpensMs = 1,
            ClosesMs = 2,
            Plans = new HashSet<string> { "premium" },
            Uses = new HashSet<ContentUse> { ContentUse.Stream, ContentUse.Download },
            MaxTrack = TrackType.UHD1,
            MinimumLevels = new Dictionary<TrackType, SecurityLevel> { [TrackType.HD] = SecurityLevel.Hardware },
            ClearKeyAllowed = true,
            LicenseSeconds = 60,
        };
        var subscriber = new Subscriber { Id = "s", Status = SubscriberStatus.Suspended, Subscriptions = [new Subscription("premium", 1, 2)] };
        await using (var database = await Database.OpenAsync(new StorageOptions { DataDirectory = _folder }))
        {
            var store = await RightsStore.OpenAsync(database, TimeProvider.System);
            await store.PutDealAsync(deal with { Name = "before" });
            await store.PutDealAsync(deal);
            await store.PutSubscriberAsync(subscriber);
        }

        await using var again = await Database.OpenAsync(new StorageOptions { DataDirectory = _folder });
        var reopened = await RightsStore.OpenAsync(again, TimeProvider.System);
        var read = Assert.Single(reopened.Deals);
        Assert.Equivalent(deal, read, strict: true);
        Assert.Equivalent(subscriber, await reopened.FindSubscriberAsync("s"), strict: true);
        Assert.Null(await reopened.FindSubscriberAsync("nobody"));
    }
}
