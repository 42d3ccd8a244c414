using DrmHub.Benchmarks.Audit;
using DrmHub.Benchmarks.Cenc;
using DrmHub.Benchmarks.Ciphers;
using DrmHub.Benchmarks.ConsolePages;
using DrmHub.Benchmarks.Ddex;
using DrmHub.Benchmarks.Keys;
using DrmHub.Benchmarks.Music;
using DrmHub.Benchmarks.Operations;
using DrmHub.Benchmarks.Peers;
using DrmHub.Benchmarks.Rights;
using DrmHub.Benchmarks.Licences;
using DrmHub.Benchmarks.Proxy;
using DrmHub.Benchmarks.Vault;

// tests/bench NAME [ARGUMENT…]
if (args.Length == 0)
{
    Console.Error.WriteLine("Name a benchmark: ciphers, cenc, vault, audit, keys, ddex, licences, proxy, console, decisions, rights, music, figures, failover.");
    return 2;
}

switch (args[0])
{
    case "ciphers": return CipherBenchmark.Run(args[1..]);
    case "cenc": return CencFileBenchmark.Run(args[1..]);
    case "vault": await VaultBenchmark.Run(args[1..]); return 0;
    case "audit": return await AuditBenchmark.Run(args[1..]);
    case "keys": await KeyServiceBenchmark.Run(args[1..]); return 0;
    case "music": return await PackagingBenchmark.RunAsync(args[1..]);
    case "decisions": return DecisionBenchmark.Run();
    case "rights": return await RightsBenchmark.RunAsync(args[1..]);
    case "licences": await LicenceBenchmark.Run(args[1..]); return 0;
    case "proxy": await ProxyBenchmark.Run(args[1..]); return 0;
    case "bare-api": await BareApi.ServeAsync(args[1..]); return 0; // a child process of licences and keys
    case "bare-proxy": await BareProxy.ServeAsync(args[1..]); return 0; // the child process of proxy
    case "figures": await FiguresBenchmark.Run(args[1..]); return 0;
    case "failover": await FailoverBenchmark.Run(args[1..]); return 0;
    case "ddex": await DdexBenchmark.RunAsync(args[1..]); return 0;
    case "console": await ConsoleBenchmark.Run(args[1..]); return 0;
    default: Console.Error.WriteLine($"There is no benchmark '{args[0]}'."); return 2;
}
