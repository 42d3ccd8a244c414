using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using DrmHub.Vault.Keys.Packagers;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub packagers list</c>: packagers, their limits and kinds of credentials; never a secret or its hash.</summary>
internal static class PackagersListCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    public static Command Create()
    {
        var json = CpixCommand.JsonOption();
        return PackagersSetup.Define("list", "Show packagers, their limits and their kinds of credentials", [json], async (parsed, setup, cancellationToken) =>
        {
            var directory = await setup.Store.GetAsync(cancellationToken);
            if (parsed.GetValue(json)) PrintJson(directory);
            else PrintTable(directory);
            return 0;
        });
    }

    private static void PrintJson(PackagerDirectory directory) => Console.Out.WriteLine(JsonSerializer.Serialize(
        directory.Packagers.Select(packager => new
        {
            packager.Name,
            Content = packager.Patterns,
            packager.Systems,
            packager.PlainKeys,
            packager.Rate,
            HasCertificate = packager.Certificate is not null,
            packager.CreatedAt,
            packager.RevokedAt,
            Credentials = Of(directory, packager).Select(each => new { Kind = each.Kind.ToName(), each.Identifier, each.CreatedAt, each.ExpiresAt }),
        }),
        Json));

    private static void PrintTable(PackagerDirectory directory)
    {
        Console.Out.WriteLine("packager                          made        state     keys       rate  credentials         content; systems");
        foreach (var packager in directory.Packagers)
        {
            var kinds = string.Join(',', Of(directory, packager).Select(each => each.Kind.ToName()).Distinct());
            var content = packager.Patterns.Count == 0 ? "any" : string.Join(' ', packager.Patterns);
            var systems = packager.Systems.Count == 0 ? "any" : string.Join(' ', packager.Systems);
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{packager.Name,-32}  {packager.CreatedAt:yyyy-MM-dd}  {(packager.RevokedAt is null ? "active" : "revoked"),-8}  {(packager.PlainKeys ? "plain" : "encrypted"),-9}  {packager.Rate,4}  {kinds,-18}  {content}; {systems}"));
        }
    }

    private static IEnumerable<PackagerCredential> Of(PackagerDirectory directory, Packager packager) => directory.Credentials.Where(each => each.Packager.Name == packager.Name);
}
