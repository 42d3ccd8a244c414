using System.CommandLine;
using DrmHub.Host.Commands;

// drmhub with no words is drmhub serve.
var root = new RootCommand("DrmHub: a multi-DRM key and licence server")
{
    ServeCommand.Create(),
    TokenCommand.Create(),
};
return await root.Parse(args.Length == 0 || args[0].StartsWith("--data", StringComparison.Ordinal) || args[0].StartsWith("--urls", StringComparison.Ordinal) ? ["serve", .. args] : args).InvokeAsync();
