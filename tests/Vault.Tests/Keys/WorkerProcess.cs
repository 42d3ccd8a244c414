using System.Diagnostics;
using DrmHub.Vault.Tests.Storage;

namespace DrmHub.Vault.Tests.Keys;

/// <summary>A <see cref="Worker"/> in a process of its own.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly List<string> _lines = [];

    private WorkerProcess(Process process)
    {
        Process = process;
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null) return;
            lock (_lines) _lines.Add(line.Data);
        };
        process.BeginOutputReadLine();
    }

    public Process Process { get; }

    public int Count
    {
        get
        {
            lock (_lines) return _lines.Count;
        }
    }

    public static WorkerProcess Start(string mode, TestDatabase place, string name)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardInput = true };
        foreach (var word in (string[])[typeof(Worker).Assembly.Location, mode, place.DirectoryPath, place.Options.PostgreSql ?? "-", name]) start.ArgumentList.Add(word);
        return new WorkerProcess(Process.Start(start)!);
    }

    public async Task WaitForLinesAsync(int count)
    {
        while (Count < count)
        {
            Assert.False(Process.HasExited, "The worker ended by itself.");
            await Task.Delay(5);
        }
    }

    /// <summary>SIGKILL. A last line that was cut off in the middle was not handed out.</summary>
    public IReadOnlyList<string> Kill()
    {
        Process.Kill();
        Process.WaitForExit();
        lock (_lines) return [.. _lines];
    }

    public void Dispose()
    {
        if (!Process.HasExited) Process.Kill();
        Process.Dispose();
    }
}
