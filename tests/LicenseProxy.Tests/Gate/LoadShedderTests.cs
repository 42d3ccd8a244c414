using System.Security.Cryptography;
using DrmHub.LicenseProxy.Limits;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace DrmHub.LicenseProxy.Tests;

/// <summary>What holds in any order of events.</summary>
public sealed class LoadShedderTests
{
    private const int Capacity = 5;
    private const int Places = 10;

    [Fact]
    public async Task Never_more_than_its_capacity_is_in_work_and_every_place_comes_back()
    {
        var time = new FakeTimeProvider();
        var shedder = Create(time, new LimitOptions { Concurrency = Capacity, Queue = Places });
        var (inWork, most, served, shed, gone) = (0, 0, 0, 0, 0);
        async Task PlayAsync(int number)
        {
            using var leaving = new CancellationTokenSource();
            var priority = (LoadPriority)RandomNumberGenerator.GetInt32(3);
            var entering = shedder.EnterAsync(priority, leaving.Token);
            if (number % 7 == 0) await leaving.CancelAsync();
            if (number % 31 == 0) time.Advance(TimeSpan.FromMilliseconds(300));
            try
            {
                using var permit = await entering;
                if (permit.Refusal is not null)
                {
                    Interlocked.Increment(ref shed);
                    return;
                }

                var now = Interlocked.Increment(ref inWork);
                for (var seen = Volatile.Read(ref most); now > seen; seen = Volatile.Read(ref most)) Interlocked.CompareExchange(ref most, now, seen);
                for (var i = RandomNumberGenerator.GetInt32(4); i >= 0; i--) await Task.Yield();
                Interlocked.Increment(ref served);
                Interlocked.Decrement(ref inWork);
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref gone);
            }
        }

        // Three times what there is room for, again and again.
        const int Crowd = 3 * (Capacity + Places);
        for (var round = 0; round < 100; round++) await Task.WhenAll(Enumerable.Range(0, Crowd).Select(number => Task.Run(() => PlayAsync(number))));
        Assert.InRange(most, 1, Capacity);
        Assert.Equal(100 * Crowd, served + shed + gone);
        Assert.Equal((0, 0), (shedder.InWork, shedder.Waiting));
    }

    [Fact]
    public async Task A_queue_is_emptied_by_priority_whatever_came_in_which_order()
    {
        for (var round = 0; round < 50; round++)
        {
            var shedder = Create(new FakeTimeProvider(), new LimitOptions { Concurrency = 1, Queue = Places });
            var holder = shedder.TryEnter()!;
            var turns = new List<LoadPriority>();
            var asked = Enumerable.Range(0, 3 * Places).Select(_ => (LoadPriority)RandomNumberGenerator.GetInt32(3)).ToList();
            var playing = asked.Select(async priority =>
            {
                using var permit = await shedder.EnterAsync(priority, default);
                if (permit.Refusal is null) turns.Add(priority); // One at a time: there is one place.
            }).ToList();
            holder.Dispose();
            await Task.WhenAll(playing);

            // The best of all that came, best first.
            Assert.Equal(asked.Order().Take(Places), turns);
            Assert.Equal((0, 0), (shedder.InWork, shedder.Waiting));
        }
    }

    [Fact]
    public async Task A_place_is_given_back_once_and_no_bound_is_no_bound()
    {
        var shedder = Create(new FakeTimeProvider(), new LimitOptions { Concurrency = 2, Queue = 0 });
        var permit = shedder.TryEnter()!;
        var second = shedder.TryEnter()!;
        Assert.Null(shedder.TryEnter());
        permit.Dispose();
        permit.Dispose();
        Assert.Equal(1, shedder.InWork);
        second.Dispose();
        Assert.Equal(0, shedder.InWork);

        var open = Create(new FakeTimeProvider(), new LimitOptions { Concurrency = 0 });
        for (var i = 0; i < 1000; i++) Assert.Null((await open.EnterAsync(LoadPriority.Other, default)).Refusal);
    }

    private static LoadShedder Create(TimeProvider time, LimitOptions limits) => new(time, Options.Create(new LicenseProxyOptions { Limits = limits }));
}
