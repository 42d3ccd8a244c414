using System.CommandLine;
using DrmHub.Host.Commands;

var root = new RootCommand("DrmHub: a multi-DRM key and licence server")
{
    PsshCommand.Create(),
    EncryptCommand.Create(),
    DecryptCommand.Create(),
    ProbeCommand.Create(),
};
var parsed = root.Parse(args);
return parsed.Errors.Count > 0 ? UsageErrors.Report(parsed, Console.Error) : await parsed.InvokeAsync();
