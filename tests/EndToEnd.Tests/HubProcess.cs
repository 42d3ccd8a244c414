using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace DrmHub.EndToEnd.Tests;

/// <summary>The built <c>drmhub serve</c> as a process of its own, on a free loopback port and a data directory of its own.</summary>
internal sealed partial class HubProcess : IAsyncDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "drmhub.dll");

    private readonly Process _process;
    private readonly StringBuilder _log = new();
    private readonly TaskCompletionSource<string> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool _ownsData;

    private HubProcess(Process process, string data, bool ownsData)
    {
        _process = process;
        Data = data;
        _ownsData = ownsData;
        process.OutputDataReceived += (_, line) => Read(line.Data);
        process.ErrorDataReceived += (_, line) => Read(line.Data);
        process.EnableRaisingEvents = true;
        process.Exited += async (_, _) =>
        {
            // The program can be gone while its last words are still to be read.
            if (!_ready.Task.IsCompleted) await process.WaitForExitAsync();
            _ready.TrySetException(new InvalidOperationException("drmhub ended before it was ready:\n" + Log));
        };
    }

    public string Data { get; }

    public Uri Address { get; private set; } = null!;

    public HttpClient Http { get; private set; } = null!;

    /// <summary>Memory of the process that is in use.</summary>
    public long MemoryMegabytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 >> 20;
        }
    }

    /// <summary>Standard output and standard error so far.</summary>
    public string Log
    {
        get
        {
            lock (_log) return _log.ToString();
        }
    }

    /// <param name="data">A data directory to start on; by default a new one, deleted afterwards.</param>
    public static async Task<HubProcess> StartAsync(string? data = null, params string[] configuration)
    {
        var directory = data ?? Directory.CreateTempSubdirectory("drmhub-").FullName;
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[Program, "serve", "--data", directory, .. configuration.Contains("--urls") ? (string[])[] : ["--urls", "http://127.0.0.1:0"], .. configuration]) start.ArgumentList.Add(argument);
        var hub = new HubProcess(Process.Start(start)!, directory, ownsData: data is null);
        hub._process.BeginOutputReadLine();
        hub._process.BeginErrorReadLine();
        hub.Address = new Uri(await hub._ready.Task.WaitAsync(TimeSpan.FromSeconds(60)));
        hub.Http = new HttpClient { BaseAddress = hub.Address };
        return hub;
    }

    /// <summary>Runs <c>drmhub token …</c> for this hub's data directory.</summary>
    public async Task<string> TokenAsync(params string[] arguments)
    {
        var (exitCode, output, error) = await Tools.RunAsync("dotnet", [Program, "token", .. arguments, "--data", Data]);
        Assert.True(exitCode == 0, error);
        return output.Trim();
    }

    public async Task StopAsync()
    {
        if (_process.HasExited) return;
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        await _process.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await StopAsync();
        }
        finally
        {
            if (!_process.HasExited) _process.Kill();
            _process.Dispose();
            Http?.Dispose();
            if (_ownsData) Directory.Delete(Data, recursive: true);
        }
    }

    private void Read(string? line)
    {
        if (line is null) return;
        lock (_log) _log.AppendLine(line);
        if (ReadyLine().Match(line) is { Success: true } match) _ready.TrySetResult(match.Groups[1].Value);
    }

    [GeneratedRegex("^Ready on (http://.*)$")]
    private static partial Regex ReadyLine();
}
