using System.Globalization;
using Serilog;
using Serilog.Events;

namespace DrmHub.Host.Hosting;

/// <summary>Log lines on standard error, so that standard output stays what was asked for. Request lines are left out: they would carry URLs.</summary>
internal static class Logging
{
    public static Serilog.ILogger Create(IConfiguration configuration)
    {
        var level = Enum.TryParse<LogEventLevel>(configuration["Logging:Level"], ignoreCase: true, out var named) ? named : LogEventLevel.Information;
        return new LoggerConfiguration()
            .MinimumLevel.Is(level)
            .MinimumLevel.Override("Microsoft", level > LogEventLevel.Warning ? level : LogEventLevel.Warning)
            .WriteTo.Console(
                standardErrorFromLevel: LogEventLevel.Verbose,
                formatProvider: CultureInfo.InvariantCulture,
                outputTemplate: "{Timestamp:HH:mm:ss.fff} {Level:u3} {SourceContext} {Message:lj}{NewLine}{Exception}")
            .CreateLogger();
    }
}
