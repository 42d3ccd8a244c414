using System.Xml.Linq;
using DrmHub.Testing;

namespace DrmHub.DrmHub.Tests;

/// <summary>The arrows of docs/design.md: who may reference whom, and who alone touches a database.</summary>
public sealed class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Cenc"] = [],
        ["Vault"] = ["Cenc"],
        ["KeyService"] = ["Vault"],
        ["LicenseProxy"] = ["Vault"],
        ["Music"] = ["Vault"],
        ["Sandbox"] = ["Cenc"],
        ["DrmHub"] = ["KeyService", "LicenseProxy", "Music", "Sandbox"],
    };

    private static readonly string[] DatabasePackages = ["Dapper", "Npgsql", "Microsoft.Data.Sqlite", "StackExchange.Redis"];

    [Fact]
    public void Projects_reference_only_along_the_arrows()
    {
        var projects = Directory.GetDirectories(Path.Combine(Repository.Root, "src")).Select(Path.GetFileName).Order();
        Assert.Equal(Arrows.Keys.Order(), projects!);
        foreach (var (project, allowed) in Arrows)
            Assert.Equal(allowed, Items(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path)!));
    }

    [Fact]
    public void Cenc_depends_on_the_framework_alone()
    {
        Assert.Empty(Items("Cenc", "PackageReference"));
        Assert.Empty(Items("Cenc", "FrameworkReference"));
    }

    [Fact]
    public void Only_the_vault_touches_a_database()
    {
        foreach (var project in Arrows.Keys.Where(project => project != "Vault"))
            Assert.Empty(Items(project, "PackageReference").Intersect(DatabasePackages));
    }

    [Fact]
    public void Code_files_do_not_use_namespaces_of_a_sibling()
    {
        string[] siblings = ["KeyService", "LicenseProxy", "Music"];
        foreach (var project in siblings)
        {
            foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", project), "*.cs", SearchOption.AllDirectories))
            {
                var text = File.ReadAllText(file);
                foreach (var other in siblings.Where(other => other != project))
                    Assert.DoesNotContain($"DrmHub.{other}", text, StringComparison.Ordinal);
            }
        }
    }

    private static List<string> Items(string project, string kind) =>
        XDocument.Load(Path.Combine(Repository.Root, "src", project, $"{project}.csproj"))
            .Descendants(kind).Select(item => item.Attribute("Include")!.Value).ToList();
}
