using Spectre.Console;

namespace DrmHub.Host.Commands;

/// <summary>Shows how far long work is, on standard error; silent where that is no terminal.</summary>
internal static class ProgressBar
{
    /// <param name="length">Bytes of the whole; null where nobody knows, as with a pipe.</param>
    /// <param name="work">Reports the bytes that are done.</param>
    public static void Run(long? length, Action<IProgress<long>> work)
    {
        if (Console.IsErrorRedirected)
        {
            work(new Reporter(_ => { }));
            return;
        }

        // A pipe on standard input makes the library think that nobody is watching.
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error), Interactive = InteractionSupport.Yes });
        ProgressColumn[] columns = length is null
            ? [new SpinnerColumn(), new TransferSpeedColumn(), new ElapsedTimeColumn()]
            : [new ProgressBarColumn(), new PercentageColumn(), new TransferSpeedColumn(), new RemainingTimeColumn()];
        console.Progress().AutoClear(true).Columns(columns).Start(context =>
        {
            var task = context.AddTask("media", maxValue: Math.Max(1, length ?? long.MaxValue));
            task.IsIndeterminate = length is null;

            // Work that reads a pipe twice begins at 0 again; a speed needs bytes that only grow.
            var (before, last) = (0L, 0L);
            work(new Reporter(done =>
            {
                if (length is null && done < last) before += last;
                last = done;
                task.Value = before + done;
            }));
        });
    }

    /// <summary>Unlike <see cref="Progress{T}"/> it reports on the calling thread, in order.</summary>
    private sealed class Reporter(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }
}
