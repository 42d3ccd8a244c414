using System.Globalization;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace DrmHub.Host.Hosting;

/// <summary>
/// Log lines on standard error, so that standard output stays what was asked for. Request lines are left out: they would carry URLs. <c>Logging:Level</c>
/// is the least level; <c>Logging:Format</c> is <c>text</c>, or <c>json</c> for one object a line with the trace id, which is what a collector wants.
/// </summary>
internal static class Logging
{
    public static Serilog.ILogger Create(IConfiguration configuration)
    {
        var level = Enum.TryParse<LogEventLevel>(configuration["Logging:Level"], ignoreCase: true, out var named) ? named : LogEventLevel.Information;
        var logger = new LoggerConfiguration()
            .MinimumLevel.Is(level)
            .MinimumLevel.Override("Microsoft", level > LogEventLevel.Warning ? level : LogEventLevel.Warning);
        return (IsJson(configuration)
            ? logger.WriteTo.Console(new RenderedCompactJsonFormatter(), standardErrorFromLevel: LogEventLevel.Verbose)
            : logger.WriteTo.Console(
                standardErrorFromLevel: LogEventLevel.Verbose,
                formatProvider: CultureInfo.InvariantCulture,
                outputTemplate: "{Timestamp:HH:mm:ss.fff} {Level:u3} {SourceContext} {Message:lj}{NewLine}{Exception}")).CreateLogger();
    }

    private static bool IsJson(IConfiguration configuration) => configuration["Logging:Format"] switch
    {
        null or "" or "text" => false,
        "json" => true,
        var other => throw new ArgumentException($"Logging:Format is text or json, not '{other}'."),
    };
}
