using DrmHub.Testing;
using DrmHub.Vault.Storage.Shared;

namespace DrmHub.Vault.Tests.Storage.Shared;

public sealed class RedisOutageTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    private readonly RedisFixture _redis = new();

    [SkippableFact]
    public async Task A_server_that_dies_and_comes_back_empty_is_survived_and_said()
    {
        await using var state = await OpenAsync();
        Assert.True((await state.TakeSlotAsync("sub", "a", 1, Long)).IsGranted);
        var version = await state.RaiseRevocationVersionAsync();
        _redis.Kill();
        await UntilAsync(async () => (await state.TakeSlotAsync("sub", "b", 1, Long)).IsDegraded);
        Assert.Equal(new SharedAnswer(true, SharedAnswerSource.FailedOpen), await state.TakeSlotAsync("sub", "b", 1, Long));
        Assert.Equal(new SharedAnswer(false, SharedAnswerSource.FailedClosed), await state.UseTokenAsync("token", Long));
        Assert.Equal(new SharedAnswer(true, SharedAnswerSource.FailedOpen), await state.TakePermitAsync("bucket", 1, 1));
        Assert.Null(await state.GetRevocationVersionAsync());
        await state.ReleaseSlotAsync("sub", "a");
        await UntilAsync(async () => { await state.TakeSlotAsync("sub", "b", 1, Long); return !state.IsHealthy; });

        _redis.Start();
        await UntilAsync(async () => !(await state.TakeSlotAsync("sub", "c", 1, Long)).IsDegraded);
        Assert.True(state.IsHealthy);

        // A version that was lost is another number, and the next one is newer than all before.
        Assert.NotEqual(version, await state.GetRevocationVersionAsync());
        Assert.True(await state.RaiseRevocationVersionAsync() > version);
    }

    [SkippableFact]
    public async Task A_server_that_hangs_holds_nobody_and_does_nothing_late()
    {
        await using var state = await OpenAsync();
        Assert.True((await state.UseTokenAsync("warm", Long)).IsGranted);
        _redis.Hang();
        for (var i = 0; i < 20; i++) Assert.Equal(SharedAnswerSource.FailedClosed, (await state.UseTokenAsync($"token-{i}", Long)).Source);
        Assert.False(state.IsHealthy);

        // The commands that were given up on are still in the socket: they run on resuming, and must not use up the tokens.
        await Task.Delay(400);
        _redis.Resume();
        await UntilAsync(async () => !(await state.TakePermitAsync("probe", 1, 1)).IsDegraded);
        for (var i = 0; i < 20; i++) Assert.Equal(new SharedAnswer(true, SharedAnswerSource.Store), await state.UseTokenAsync($"token-{i}", Long));
        Assert.False((await state.UseTokenAsync("token-0", Long)).IsGranted);
    }

    [SkippableFact]
    public async Task A_server_that_loses_everything_goes_on_counting_from_nothing()
    {
        await using var state = await OpenAsync();
        Assert.True((await state.TakeSlotAsync("sub", "a", 1, Long)).IsGranted);
        Assert.False((await state.TakeSlotAsync("sub", "b", 1, Long)).IsGranted);
        _redis.Send("FLUSHALL");
        _redis.Send("SCRIPT FLUSH");
        Assert.Equal(new SharedAnswer(true, SharedAnswerSource.Store), await state.TakeSlotAsync("sub", "a", 1, Long));
        Assert.False((await state.TakeSlotAsync("sub", "b", 1, Long)).IsGranted);
        Assert.True(state.IsHealthy);
    }

    [SkippableFact]
    public async Task A_start_without_the_server_answers_by_the_failure_mode_and_finds_it_later()
    {
        Skip.If(_redis.Reason is not null, _redis.Reason);
        _redis.Kill();
        await using var state = await OpenAsync(FailureMode.Closed);
        Assert.Equal(new SharedAnswer(false, SharedAnswerSource.FailedClosed), await state.TakeSlotAsync("sub", "a", 1, Long));
        _redis.Start();
        await UntilAsync(async () => (await state.TakeSlotAsync("sub", "a", 1, Long)).IsGranted);
    }

    public void Dispose() => _redis.Dispose();

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (var i = 0; i < 6000; i++)
        {
            if (await condition()) return;
            await Task.Delay(10);
        }

        Assert.Fail("The condition was not met in a minute.");
    }

    private async Task<RedisSharedState> OpenAsync(FailureMode slots = FailureMode.Open)
    {
        Skip.If(_redis.Reason is not null, _redis.Reason);
        return await RedisSharedState.OpenAsync(new SharedStateOptions { Redis = _redis.ConnectionString, Timeout = TimeSpan.FromMilliseconds(250), SlotsOnFailure = slots });
    }
}
