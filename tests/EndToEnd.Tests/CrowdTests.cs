using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace DrmHub.EndToEnd.Tests;

/// <summary>Many connections that do nothing good, against the hub as a process of its own.</summary>
public sealed class CrowdTests
{
    private const int Crowd = 10_000;

    [Fact]
    public async Task Slow_headers_and_slow_bodies_are_ended_and_others_are_served_meanwhile()
    {
        await using var hub = await HubProcess.StartAsync(null, "--Limits:HeadersTimeoutSeconds=2", "--Limits:BodyGraceSeconds=2");
        using var headers = await ConnectAsync(hub, "POST /license/widevine HTTP/1.1\r\nHost: x\r\n");
        using var body = await ConnectAsync(hub, "POST /license/widevine HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\n");
        using (var live = await hub.Http.GetAsync("/health/live")) Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        // Each sends a byte now and then and would go on for hours.
        Assert.True(await IsEndedAsync(headers), "A request with headers that never end was kept.");
        Assert.True(await IsEndedAsync(body), "A request with a body that never ends was kept.");
    }

    [Fact]
    public async Task A_challenge_of_ten_megabytes_is_not_read()
    {
        await using var hub = await HubProcess.StartAsync();
        var token = await hub.TokenAsync("player", "--sub", "demo-premium");
        using var socket = await ConnectAsync(hub, $"POST /license/widevine HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 10000000\r\n\r\n");
        var buffer = new byte[4096];
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var read = await socket.ReceiveAsync(buffer, limit.Token);
        var answer = Encoding.ASCII.GetString(buffer, 0, read);
        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close", answer, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Ten_thousand_open_connections_cost_bounded_memory_and_nobody_else_notices()
    {
        Skip.If(OpenFiles() < Crowd + 2000, $"The limit of open files is {OpenFiles()}; ulimit -n {Crowd + 2000} is needed.");
        await using var hub = await HubProcess.StartAsync(null, "--Limits:HeadersTimeoutSeconds=120");
        var token = await hub.TokenAsync("player", "--sub", "demo-premium");
        await CertificateAsync(hub, token);
        var before = hub.MemoryMegabytes;
        var crowd = new List<Socket>(Crowd);
        try
        {
            for (var i = 0; i < Crowd; i++) crowd.Add(await ConnectAsync(hub, "POST /license/widevine HTTP/1.1\r\nHost: x\r\n"));
            await CertificateAsync(hub, token);
            var grown = hub.MemoryMegabytes - before;
            Assert.True(grown < 600, $"{Crowd} connections took {grown} MB.");
        }
        finally
        {
            foreach (var socket in crowd) socket.Dispose();
        }

        await CertificateAsync(hub, token);
    }

    [Fact]
    public async Task Connections_beyond_the_limit_are_turned_away()
    {
        await using var hub = await HubProcess.StartAsync(null, "--Limits:MaxConnections=20");
        var crowd = new List<Socket>();
        try
        {
            for (var i = 0; i < 25; i++) crowd.Add(await ConnectAsync(hub, "POST /license/widevine HTTP/1.1\r\nHost: x\r\n"));
            var ended = 0;
            foreach (var socket in crowd.Skip(20)) ended += await IsEndedAsync(socket) ? 1 : 0;
            Assert.Equal(5, ended);
        }
        finally
        {
            foreach (var socket in crowd) socket.Dispose();
        }
    }

    /// <summary>The whole way to the licence service and back: the sandbox's service certificate.</summary>
    private static async Task CertificateAsync(HubProcess hub, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/license/widevine") { Content = new ByteArrayContent([0x08, 0x04]) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await hub.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static async Task<Socket> ConnectAsync(HubProcess hub, string begin)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, hub.Address.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(begin));
        return socket;
    }

    /// <summary>Trickles a byte each half second until the hub ends the connection, for 30 s at most.</summary>
    private static async Task<bool> IsEndedAsync(Socket socket)
    {
        var buffer = new byte[1024];
        for (var i = 0; i < 60; i++)
        {
            try
            {
                await socket.SendAsync("a"u8.ToArray());
                using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
                if (await socket.ReceiveAsync(buffer, limit.Token) == 0) return true;
            }
            catch (OperationCanceledException)
            {
                // Nothing came: still open.
            }
            catch (SocketException)
            {
                return true;
            }
        }

        return false;
    }

    private static int OpenFiles()
    {
        var line = File.ReadLines("/proc/self/limits").First(text => text.StartsWith("Max open files", StringComparison.Ordinal));
        var soft = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
        return soft == "unlimited" ? int.MaxValue : int.Parse(soft, CultureInfo.InvariantCulture);
    }
}
