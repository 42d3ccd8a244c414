using System.CommandLine;
using DrmHub.Host.Hosting;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub serve</c>: runs the hub until it is stopped.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var data = HubOptions.Data();
        var urls = new Option<string>("--urls")
        {
            Description = "Addresses to listen on, separated by semicolons",
            DefaultValueFactory = _ => "http://127.0.0.1:5080",
        };
        var command = new Command("serve", "Run the hub (what drmhub does without a command)") { data, urls };
        command.TreatUnmatchedTokensAsErrors = false; // Further --Section:Option=value pairs are configuration.
        command.SetAction((parsed, cancellationToken) =>
            Hub.RunAsync(new HubSettings(parsed.GetRequiredValue(data), parsed.GetRequiredValue(urls), [.. parsed.UnmatchedTokens]), cancellationToken));
        return command;
    }
}
