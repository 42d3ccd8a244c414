using System.CommandLine;
using DrmHub.Host.Hosting.Reference;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub config</c>: prints every setting with its default, as Markdown.</summary>
internal static class ConfigCommand
{
    public static Command Create()
    {
        var command = new Command("config", "Print every setting with its default and meaning");
        command.SetAction(_ => Console.Out.Write(ConfigurationReference.Write()));
        return command;
    }
}
