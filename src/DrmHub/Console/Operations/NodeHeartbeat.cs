using System.Data.Common;
using DrmHub.Host.Hosting;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Storage;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace DrmHub.Host.Pages.Operations;

/// <summary>Writes this node's row while it runs, so that the console of any node shows all of them.</summary>
internal sealed class NodeHeartbeat(NodeRegistry nodes, AuditLog audit, IServer server, IConfiguration configuration, TimeProvider time, ILogger<NodeHeartbeat> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = time.GetUtcNow().ToUnixTimeMilliseconds();
        using var timer = new PeriodicTimer(NodeRegistry.Beat, time);
        try
        {
            do
            {
                try
                {
                    await nodes.WriteAsync(Row(started), stoppingToken);
                }
                catch (DbException exception)
                {
                    // The next beat tries again; a node that cannot write shows as not seen, which it is.
                    HeartbeatLog.Missed(logger, exception);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The hub stops.
        }
    }

    private NodeRow Row(long started) => new()
    {
        Name = configuration["Node"] ?? Environment.MachineName,
        Version = typeof(Hub).Assembly.GetName().Version!.ToString(3),
        Roles = configuration["Roles"] is { Length: > 0 } roles ? roles : "all",
        Address = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "",
        StartedAt = started,
        SeenAt = time.GetUtcNow().ToUnixTimeMilliseconds(),
        SpooledBytes = audit.SpooledBytes,
        State = audit.Stopped ?? "ready",
    };
}

internal static partial class HeartbeatLog
{
    [LoggerMessage(2102, LogLevel.Debug, "This node's row could not be written")]
    public static partial void Missed(ILogger logger, Exception exception);
}
