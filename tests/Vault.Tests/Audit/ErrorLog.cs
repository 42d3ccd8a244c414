using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Tests.Audit;

/// <summary>Keeps what the log reports, so that a test that waits in vain can say why.</summary>
internal sealed class ErrorLog : ILogger
{
    public ConcurrentQueue<string> Messages { get; } = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) Messages.Enqueue($"{formatter(state, exception)} {exception}");
    }
}
