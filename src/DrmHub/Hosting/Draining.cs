using System.Globalization;

namespace DrmHub.Host.Hosting;

/// <summary>
/// What a node does between being told to stop and taking no more connections: for <c>Shutdown:DrainSeconds</c> it answers as always, says at <c>/health/ready</c> that it
/// is stopping, and has each connection closed with its answer. So a load balancer sends the next request elsewhere, and none over a connection that ends under it.
/// </summary>
internal sealed class Draining(TimeSpan duration, TimeProvider time) : IHostedLifecycleService
{
    /// <summary>How long requests that are under way may take afterwards.</summary>
    private static readonly TimeSpan Finish = TimeSpan.FromSeconds(30);

    private volatile bool _isOn;

    public bool IsOn => _isOn;

    /// <exception cref="ArgumentException">The setting is out of range.</exception>
    public static TimeSpan DurationOf(IConfiguration configuration, bool development)
    {
        if (configuration["Shutdown:DrainSeconds"] is not { Length: > 0 } text) return development ? TimeSpan.Zero : TimeSpan.FromSeconds(5);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= 300
            ? TimeSpan.FromSeconds(seconds)
            : throw new ArgumentException("Shutdown:DrainSeconds is a whole number from 0 to 300.");
    }

    /// <summary>Before the server stops: the host waits for this.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (duration == TimeSpan.Zero) return;
        _isOn = true;
        await Task.Delay(duration, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public static void Add(IServiceCollection services, IConfiguration configuration, bool development)
    {
        var duration = DurationOf(configuration, development);
        services.AddSingleton(provider => new Draining(duration, provider.GetRequiredService<TimeProvider>())).AddHostedService(provider => provider.GetRequiredService<Draining>());
        services.Configure<HostOptions>(options => options.ShutdownTimeout = duration + Finish);
    }
}

internal static class DrainingSetup
{
    public static void UseDraining(this WebApplication app)
    {
        var draining = app.Services.GetRequiredService<Draining>();
        app.Use(next => http =>
        {
            // HTTP/2 knows no such header: its connections are told to go away when the server stops.
            if (draining.IsOn && HttpProtocol.IsHttp11(http.Request.Protocol)) http.Response.Headers.Connection = "close";
            return next(http);
        });
    }
}
