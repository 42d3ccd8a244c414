using System.CommandLine;

namespace DrmHub.Host.Commands;

/// <summary>Options that several commands share.</summary>
internal static class HubOptions
{
    public static Option<string> Data() => new("--data")
    {
        Description = "The data directory",
        DefaultValueFactory = _ => "data",
    };
}
