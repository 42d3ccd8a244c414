using System.CommandLine;
using DrmHub.Host.Commands;

var root = new RootCommand("DrmHub: a multi-DRM key and licence server")
{
    ServeCommand.Create(),
    TokenCommand.Create(),
    PsshCommand.Create(),
    EncryptCommand.Create(),
    DecryptCommand.Create(),
    ProbeCommand.Create(),
    CpixCommand.Create(),
    KeysCommand.Create(),
    AuditCommand.Create(),
    PackagersCommand.Create(),
    RightsCommand.Create(),
    MusicCommand.Create(),
    PlanCommand.Create(),
    ConfigCommand.Create(),
    LoadCommand.Create(),
    SandboxCommand.Create(),
};

// drmhub with no command, or with serve's options alone, is drmhub serve.
var serve = args.Length == 0 || args[0] is "--data" or "--urls";
var parsed = root.Parse(serve ? ["serve", .. args] : args);
return parsed.Errors.Count > 0 ? UsageErrors.Report(parsed, Console.Error) : await parsed.InvokeAsync();
