using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace DrmHub.Testing;

/// <summary>A redis-server of this test, on a loopback port, without persistence: a restart loses everything.</summary>
public sealed class RedisFixture : IDisposable
{
    private readonly string? _program;
    private Process? _process;

    public RedisFixture()
    {
        _program = Environment.GetEnvironmentVariable("DRMHUB_TEST_REDIS_SERVER")
            ?? (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(directory => Path.Combine(directory, "redis-server")).FirstOrDefault(File.Exists);
        if (_program is null)
        {
            Reason = "redis-server is not installed.";
            return;
        }

        Port = PostgresFixture.FreePort();
        Start();
    }

    /// <summary>Why there is no server; null if there is one.</summary>
    public string? Reason { get; }

    public int Port { get; }

    public string ConnectionString => $"127.0.0.1:{Port}";

    public void Start()
    {
        var start = new ProcessStartInfo(_program!) { RedirectStandardOutput = true };
        foreach (var argument in (string[])["--port", Port.ToString(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no"]) start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        while (!Answers())
        {
            if (_process.HasExited) throw new InvalidOperationException($"redis-server ended with {_process.ExitCode}.");
            Thread.Sleep(10);
        }
    }

    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
    }

    /// <summary>Stops the process without ending it: connections stay, nobody answers.</summary>
    public void Hang() => Signal("-STOP");

    public void Resume() => Signal("-CONT");

    /// <summary>One command, for what a test does behind the client's back.</summary>
    public string Send(string command)
    {
        using var client = new TcpClient("127.0.0.1", Port);
        using var stream = client.GetStream();
        stream.Write(Encoding.ASCII.GetBytes(command + "\r\n"));
        var buffer = new byte[4096];
        return Encoding.ASCII.GetString(buffer, 0, stream.Read(buffer));
    }

    public void Dispose()
    {
        if (_process is { HasExited: false }) Kill();
        _process?.Dispose();
    }

    private bool Answers()
    {
        try
        {
            return Send("PING").StartsWith("+PONG", StringComparison.Ordinal);
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void Signal(string signal)
    {
        using var kill = Process.Start("kill", [signal, _process!.Id.ToString()]);
        kill.WaitForExit();
    }
}
