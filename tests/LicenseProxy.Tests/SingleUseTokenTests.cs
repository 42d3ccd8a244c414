using DrmHub.Cenc;
using DrmHub.Testing;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage.Shared;

namespace DrmHub.LicenseProxy.Tests;

/// <summary>Tokens that open one licence, and what the log says when the shared state cannot be asked.</summary>
public sealed class SingleUseTokenTests
{
    [Fact]
    public async Task A_token_opens_one_licence_and_a_second_use_is_a_replay()
    {
        await using var door = await LicenseDoor.OpenAsync(singleUse: true);
        var challenge = LicenseDoor.Challenge((await door.CreateKeysAsync("demo-title", TrackType.SD)).Values);
        var token = door.Token();
        Assert.Equal(200, (await door.AskAsync(challenge, token)).Status);
        var second = await door.AskAsync(challenge, token);
        Assert.Equal((401, ReasonCodes.TokenReplayed), (second.Status, second.Code));
        Assert.Equal(200, (await door.AskAsync(challenge, door.Token(change: claims => claims["jti"] = "2"))).Status);
        Assert.Equal(ReasonCodes.TokenInvalid, (await door.AskAsync(challenge, door.Token(change: claims => claims.Remove("jti")))).Code);
    }

    [SkippableTheory]
    [InlineData(FailureMode.Closed, 401, "FailedClosed")]
    [InlineData(FailureMode.Open, 200, "FailedOpen")]
    public async Task Without_redis_the_configured_mode_decides_and_the_entry_says_so(FailureMode mode, int status, string said)
    {
        using var redis = new RedisFixture();
        Skip.If(redis.Reason is not null, redis.Reason);
        await using var shared = await SharedStateFactory.OpenAsync(new SharedStateOptions { Redis = redis.ConnectionString, TokensOnFailure = mode });
        await using var door = await LicenseDoor.OpenAsync(singleUse: true, shared);
        var challenge = LicenseDoor.Challenge((await door.CreateKeysAsync("demo-title", TrackType.SD)).Values);
        Assert.Equal(200, (await door.AskAsync(challenge, door.Token())).Status);
        Assert.DoesNotContain("shared_state", (await door.Vault.EntriesAsync())[0].Details.Keys);

        redis.Kill();
        Assert.Equal(status, (await door.AskAsync(challenge, door.Token(change: claims => claims["jti"] = "3"))).Status);
        Assert.Equal(said, (await door.Vault.EntriesAsync())[0].Details["shared_state"]);
    }
}
