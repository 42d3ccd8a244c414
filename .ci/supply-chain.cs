#:property PublishAot=false
// What the hub is built from: writes a bill of materials (CycloneDX 1.6, JSON) and looks for known vulnerabilities.
//   dotnet run .ci/supply-chain.cs [BILL]     from the root of the repository, after a restore; BILL is artifacts/sbom.cdx.json
// Ends with 1 where a package has a known vulnerability. Where no package source knows of vulnerabilities it says so and ends with 0.
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;

var bill = args.Length > 0 ? args[0] : Path.Combine("artifacts", "sbom.cdx.json");
var count = Bill.Write("src/DrmHub/obj/project.assets.json", bill);
Console.WriteLine($"Bill of materials: {bill}, {count} packages.");
return await Vulnerabilities.CheckAsync();

internal static class Bill
{
    private const string Hub = "drmhub";

    /// <summary>Writes the packages that the hub's project resolved to, with their hashes, licences and what needs what.</summary>
    /// <returns>How many.</returns>
    public static int Write(string assetsFile, string bill)
    {
        var assets = JsonNode.Parse(File.ReadAllText(assetsFile))!;
        var folders = assets["packageFolders"]!.AsObject().Select(folder => folder.Key).ToArray();
        var target = assets["targets"]!.AsObject().First(one => !one.Key.Contains('/', StringComparison.Ordinal)).Value!.AsObject();
        var hub = assets["project"]!;
        var direct = hub["frameworks"]!.AsObject().First().Value!["dependencies"]!.AsObject();
        var tools = direct.Where(one => one.Value!["suppressParent"]?.GetValue<string>() == "All").Select(one => one.Key).ToHashSet(StringComparer.OrdinalIgnoreCase);

        var resolved = target.ToDictionary(one => Name(one.Key), one => (Reference: Reference(one.Key, Type(one.Value)), Library: one.Value!, one.Key), StringComparer.OrdinalIgnoreCase);
        var components = new JsonArray();
        var dependencies = new JsonArray
        {
            Needs(Hub, direct.Select(one => one.Key).Concat(resolved.Where(one => Type(one.Value.Library) == "project").Select(one => one.Key)).Except(tools, StringComparer.OrdinalIgnoreCase), resolved),
        };
        foreach (var (name, (reference, library, key)) in resolved.OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            if (tools.Contains(name)) continue;
            if (Type(library) == "package") components.Add(Package(key, reference, assets["libraries"]![key]!, folders));
            else components.Add(new JsonObject { ["type"] = "library", ["bom-ref"] = reference, ["name"] = name, ["version"] = Version(key) });
            dependencies.Add(Needs(reference, library["dependencies"]?.AsObject().Select(one => one.Key) ?? [], resolved));
        }

        var document = new JsonObject
        {
            ["$schema"] = "http://cyclonedx.org/schema/bom-1.6.schema.json",
            ["bomFormat"] = "CycloneDX",
            ["specVersion"] = "1.6",
            ["version"] = 1,
            ["metadata"] = new JsonObject
            {
                ["component"] = new JsonObject { ["type"] = "application", ["bom-ref"] = Hub, ["name"] = Hub, ["version"] = hub["version"]!.GetValue<string>() },
            },
            ["components"] = components,
            ["dependencies"] = dependencies,
        };
        if (Path.GetDirectoryName(bill) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
        File.WriteAllText(bill, document.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
        return components.Count(one => one!["purl"] is not null);
    }

    private static JsonObject Package(string key, string reference, JsonNode library, string[] folders)
    {
        var component = new JsonObject
        {
            ["type"] = "library",
            ["bom-ref"] = reference,
            ["name"] = Name(key),
            ["version"] = Version(key),
            ["purl"] = reference,
            // What the source says of the whole package; the restore has checked it.
            ["hashes"] = new JsonArray(new JsonObject { ["alg"] = "SHA-512", ["content"] = Convert.ToHexStringLower(Convert.FromBase64String(library["sha512"]!.GetValue<string>())) }),
        };
        var path = library["path"]!.GetValue<string>();
        var specification = folders.Select(folder => Path.Combine(folder, path, $"{Name(key).ToLowerInvariant()}.nuspec")).FirstOrDefault(File.Exists);
        if (specification is null) return component;
        var metadata = XDocument.Load(specification).Root!.Elements().First();
        var ns = metadata.Name.Namespace;
        if (metadata.Element(ns + "license") is { } license && license.Attribute("type")?.Value == "expression") component["licenses"] = new JsonArray(new JsonObject { ["expression"] = license.Value });
        else if (metadata.Element(ns + "licenseUrl")?.Value is { Length: > 0 } url) component["licenses"] = new JsonArray(new JsonObject { ["license"] = new JsonObject { ["name"] = "see url", ["url"] = url } });
        if (metadata.Element(ns + "authors")?.Value is { Length: > 0 } authors) component["publisher"] = authors;
        return component;
    }

    private static JsonObject Needs(string reference, IEnumerable<string> names, Dictionary<string, (string Reference, JsonNode Library, string Key)> resolved) => new()
    {
        ["ref"] = reference,
        ["dependsOn"] = new JsonArray([.. names.Where(resolved.ContainsKey).Select(name => resolved[name].Reference).Distinct().Order(StringComparer.Ordinal).Select(one => JsonValue.Create(one))]),
    };

    private static string Type(JsonNode? library) => library!["type"]!.GetValue<string>();

    private static string Reference(string key, string type) => type == "package" ? $"pkg:nuget/{Name(key)}@{Version(key)}" : Name(key);

    private static string Name(string key) => key[..key.IndexOf('/', StringComparison.Ordinal)];

    private static string Version(string key) => key[(key.IndexOf('/', StringComparison.Ordinal) + 1)..];
}

internal static class Vulnerabilities
{
    public static async Task<int> CheckAsync()
    {
        var (_, listed) = await RunAsync("nuget", "list", "source", "--format", "short");
        var sources = listed.Split('\n').Where(line => line.StartsWith("E ", StringComparison.Ordinal)).Select(line => line[2..].Trim()).Where(source => source.StartsWith("http", StringComparison.Ordinal)).ToArray();
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(20) };
        var knows = false;
        foreach (var source in sources)
        {
            try
            {
                using var index = JsonDocument.Parse(await http.GetStringAsync(new Uri(source)));
                knows |= index.RootElement.GetProperty("resources").EnumerateArray().Any(one => one.GetProperty("@type").GetString()!.StartsWith("VulnerabilityInfo/", StringComparison.Ordinal));
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException or JsonException or KeyNotFoundException)
            {
                Console.WriteLine($"{source} did not answer as a package source.");
            }
        }

        if (!knows)
        {
            Console.WriteLine($"Vulnerabilities: NOT CHECKED. No package source here knows of any ({string.Join(", ", sources)}); run this where nuget.org is.");
            return 0;
        }

        var (exit, report) = await RunAsync("list", "DrmHub.sln", "package", "--vulnerable", "--include-transitive", "--no-restore", "--format", "json");
        if (exit != 0)
        {
            Console.WriteLine($"dotnet list package --vulnerable failed:\n{report}");
            return 1;
        }

        var found = Find(JsonNode.Parse(report)!).Distinct().Order(StringComparer.Ordinal).ToArray();
        foreach (var one in found) Console.WriteLine(one);
        Console.WriteLine($"Vulnerabilities: {found.Length} known.");
        return found.Length == 0 ? 0 : 1;
    }

    private static IEnumerable<string> Find(JsonNode report) =>
        from project in report["projects"]!.AsArray()
        from framework in project!["frameworks"]?.AsArray() ?? []
        from package in (framework!["topLevelPackages"]?.AsArray() ?? []).Concat(framework["transitivePackages"]?.AsArray() ?? [])
        from vulnerability in package!["vulnerabilities"]?.AsArray() ?? []
        select $"{package["id"]} {package["resolvedVersion"]}: {vulnerability!["severity"]}, {vulnerability["advisoryurl"]}";

    private static async Task<(int Exit, string Output)> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }
}
