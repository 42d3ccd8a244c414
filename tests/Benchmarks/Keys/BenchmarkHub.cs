using System.Diagnostics;
using System.Globalization;

namespace DrmHub.Benchmarks.Keys;

/// <summary>The built <c>drmhub serve</c> as a process of its own, on a free loopback port and a data directory of its own.</summary>
internal sealed class BenchmarkHub : IAsyncDisposable
{
    private const string Ready = "Ready on ";
    private readonly Process _process;
    private readonly string _data;

    private BenchmarkHub(Process process, string data, Uri address)
    {
        _process = process;
        _data = data;
        Address = address;
    }

    public Uri Address { get; }

    public string Data => _data;

    /// <summary>Processor time of the hub so far, all cores together: unlike the clock, it does not count what others run on the machine.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Resident memory now, in megabytes.</summary>
    public long Megabytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1_000_000;
        }
    }

    /// <param name="postgres">A connection string; null for SQLite.</param>
    /// <param name="configuration">Further words of the command line.</param>
    public static async Task<BenchmarkHub> StartAsync(string? postgres, params string[] configuration)
    {
        var data = Directory.CreateTempSubdirectory("drmhub-bench-").FullName;
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "drmhub.dll"), "serve", "--data", data, "--urls", "http://127.0.0.1:0", "--Logging:Level=Warning", .. configuration]) start.ArgumentList.Add(argument);
        if (postgres is not null) start.ArgumentList.Add($"--Storage:PostgreSql={postgres}");
        var ready = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        void Read(string? line)
        {
            if (line?.StartsWith(Ready, StringComparison.Ordinal) == true) ready.TrySetResult(new Uri(line[Ready.Length..].Trim()));
        }

        process.OutputDataReceived += (_, line) => Read(line.Data);
        process.ErrorDataReceived += (_, line) => Read(line.Data);
        process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException("drmhub ended before it was ready."));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new BenchmarkHub(process, data, await ready.Task.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    public async ValueTask DisposeAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync();
        using (var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30)))
        {
            try
            {
                await _process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill();
            }
        }

        _process.Dispose();
        Directory.Delete(_data, recursive: true);
    }
}
