using System.Text;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Limits;
using DrmHub.LicenseProxy.Tokens;

namespace DrmHub.LicenseProxy.Tests;

/// <summary>Players that ask at once, at a door whose work goes on only when the test says so.</summary>
internal sealed class Crowd(LicenseDoor door, IReadOnlyList<KeyId> keys)
{
    private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _turns = [];
    private int _queued;

    /// <summary>Names in the order in which their work began.</summary>
    public IReadOnlyList<string> Turns
    {
        get
        {
            lock (_turns) return [.. _turns];
        }
    }

    public void Go() => _go.SetResult();

    public void Fail(Exception exception) => _go.SetException(exception);

    /// <summary>Asks and waits until the work on it has begun.</summary>
    public async Task<Task<LicenseOutcome>> BeginAsync(string name, CancellationToken cancellationToken = default)
    {
        var asking = AskAsync(name, "premium", cancellationToken: cancellationToken);
        await UntilAsync(() => Turns.Contains(name));
        return asking;
    }

    /// <summary>Asks and waits until it stands in the queue.</summary>
    public async Task<Task<LicenseOutcome>> QueueAsync(
        string name, string subscriber, string[]? plans = null, string? session = null, LicenseKind? announced = null, IReadOnlyList<KeyId>? only = null, CancellationToken cancellationToken = default)
    {
        var asking = AskAsync(name, subscriber, plans, session, announced, only, cancellationToken);
        _queued++;
        await UntilAsync(() => door.Load.Waiting == _queued);
        return asking;
    }

    public Task<LicenseOutcome> AskAsync(
        string name, string subscriber, string[]? plans = null, string? session = null, LicenseKind? announced = null, IReadOnlyList<KeyId>? only = null, CancellationToken cancellationToken = default)
    {
        var token = door.Token(subscriber, claims =>
        {
            claims["jti"] = name;
            if (plans is not null) claims["plans"] = plans;
        });
        var question = ScriptedExchange.Question(only ?? keys, "device-" + name) with { Kind = announced ?? LicenseKind.New };
        return door.Gate.AskAsync(new Exchange(this, name, question, announced), new LicenseCaller(token, name) { Session = session }, cancellationToken);
    }

    public static async Task UntilAsync(Func<bool> condition)
    {
        for (var i = 0; i < 6000 && !condition(); i++) await Task.Delay(5);
        Assert.True(condition());
    }

    private async Task WorkAsync(string name, CancellationToken cancellationToken)
    {
        lock (_turns) _turns.Add(name);
        await _go.Task.WaitAsync(cancellationToken);
    }

    private sealed class Exchange(Crowd crowd, string name, LicenseQuestion question, LicenseKind? announced) : ILicenseExchange
    {
        public DrmSystem System => question.System;

        public LicenseKind? Announced => announced;

        public async ValueTask<LicenseQuestion> ParseAsync(PlayerToken player, CancellationToken cancellationToken)
        {
            await crowd.WorkAsync(name, cancellationToken);
            return question;
        }

        public ValueTask<LicenseAnswer> WriteAsync(LicenseGrant grant, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new LicenseAnswer(Encoding.UTF8.GetBytes("licence"), "application/octet-stream"));
    }
}
