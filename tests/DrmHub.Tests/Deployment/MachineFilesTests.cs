using System.Diagnostics;
using DrmHub.Testing;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace DrmHub.DrmHub.Tests.Deployment;

/// <summary>The compose file and the unit for systemd, as the programs that read them would.</summary>
public sealed class MachineFilesTests
{
    [Fact]
    public void Every_name_of_the_compose_file_leads_somewhere_and_no_hub_may_more_than_it_needs()
    {
        using var reader = File.OpenText(Path.Combine(Repository.Root, "deploy/compose/compose.yaml"));
        var root = new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(new MergingParser(new Parser(reader)));
        var services = Map(root["services"]);
        var (secrets, volumes) = (Map(root["secrets"]).Keys, Map(root["volumes"]).Keys);
        foreach (var (key, node) in services)
        {
            var service = Map(node);
            foreach (var name in Items(service, "secrets")) Assert.Contains(name, secrets);
            foreach (var volume in Items(service, "volumes").Where(volume => !volume.StartsWith('.'))) Assert.Contains(volume.Split(':')[0], volumes);
            foreach (var file in Items(service, "volumes").Where(volume => volume.StartsWith('.'))) Assert.True(File.Exists(Path.Combine(Repository.Root, "deploy/compose", file.Split(':')[0])));
            foreach (var name in Items(service, "depends_on")) Assert.Contains(name, services.Keys);
            if (!key.StartsWith("hub-", StringComparison.Ordinal)) continue;
            Assert.Equal(("1654", "true"), (service["user"].ToString()!, service["read_only"].ToString()!));
            Assert.Equal(["ALL"], Items(service, "cap_drop"));
            var settings = Map(service["environment"]).ToDictionary(one => one.Key, one => one.Value.ToString()!);
            Assert.Equal(key, settings["Node"]);
            Assert.Contains("Players__TrustedProxies__0", settings.Keys);
            Assert.All(settings.Values.Where(value => value.Contains("/run/secrets/", StringComparison.Ordinal)), value => Assert.Contains(value.Split('/')[^1], Items(service, "secrets")));
        }
    }

    [SkippableFact]
    public void Systemd_knows_every_line_of_the_unit_and_rates_it_well()
    {
        Skip.If(!File.Exists("/usr/bin/systemd-analyze"), "Needs systemd-analyze: tests/run installs it.");
        using var folder = new TemporaryFolder();

        // The program is not installed here; that there is one is all that the check wants.
        File.WriteAllText(folder["drmhub.service"], File.ReadAllText(Path.Combine(Repository.Root, "deploy/systemd/drmhub.service")).Replace("/opt/drmhub/drmhub", "/bin/true", StringComparison.Ordinal));
        var (code, said) = Run("verify", folder["drmhub.service"]);
        Assert.True(code == 0 && said.Length == 0, said);
        (code, said) = Run("security", "--offline=true", "--threshold=20", folder["drmhub.service"]);
        Assert.True(code == 0, said);
    }

    private static (int Code, string Said) Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("systemd-analyze", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.GetAwaiter().GetResult() + error);
    }

    private static Dictionary<string, object> Map(object node) => ((Dictionary<object, object>)node).ToDictionary(one => one.Key.ToString()!, one => one.Value);

    private static List<string> Items(Dictionary<string, object> service, string name) =>
        !service.TryGetValue(name, out var node) ? [] : node is List<object> list ? [.. list.Select(one => one.ToString()!)] : [.. Map(node).Keys];
}
