using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using DrmHub.DrmHub.Tests.Commands;
using DrmHub.Host.Planning;
using DrmHub.Testing;

namespace DrmHub.DrmHub.Tests;

/// <summary>
/// docs/scale.md says what <c>drmhub plan</c> says. Where a figure was measured anew: change src/DrmHub/Planning/figures.json, put the answer of the page's first command into it, and do the
/// sums again that this test names.
/// </summary>
public sealed partial class ScalePageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs/scale.md"));

    [Fact]
    public void The_answer_of_the_first_command_stands_below_it()
    {
        var command = Command().Match(Page);
        var answer = DrmHubProgram.Run(command.Groups[1].Value.Split(' ')).Succeeded().TrimEnd('\n');

        Assert.Contains($"```\n{answer}\n```", Page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_figures_are_those_that_are_built_in()
    {
        var shown = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(Json().Match(Page).Groups[1].Value)!;
        var builtIn = JsonSerializer.SerializeToElement(MeasuredFigures.BuiltIn, JsonSerializerOptions.Web);

        Assert.Equal(builtIn.EnumerateObject().Count(), shown.Count);
        Assert.All(shown.Where(figure => figure.Key != "source"), figure => Assert.Equal(builtIn.GetProperty(figure.Key).GetDouble(), figure.Value.GetDouble()));
    }

    [Fact]
    public void The_sums_are_those_of_the_program()
    {
        var figures = MeasuredFigures.BuiltIn;
        var audience = new Audience { Viewers = 32_000_000, Ramp = TimeSpan.FromMinutes(10), CryptoPeriod = TimeSpan.FromMinutes(10), Keys = 5 };
        var (asked, ahead) = (ScalePlan.For(audience, figures)[0], ScalePlan.For(audience, figures)[1]);
        string[] sums =
        [
            $"32,000,000 ÷ 600 s × 2 = **{N(ahead.Joins)} licences a second**",
            $"32,000,000 ÷ 10 s = **{N(asked.KeyChanges)} licences a second**",
            $"32,000,000 ÷ 600 s = **{N(ahead.KeyChanges)} licences a second**",
            $"{(1 - (ahead.PeakLicenses / asked.PeakLicenses)).ToString("P0", CultureInfo.InvariantCulture)} of the worst moment",
            $"({N(ahead.PeakLicenses)} × (1 ÷ {N(figures.LicensesPerCore)} s + 9 × {figures.MicrosecondsPerExtraKey.ToString(CultureInfo.InvariantCulture)} µs) + {N(ahead.Heartbeats)} ÷ {N(figures.HeartbeatsPerCore)}) ÷ 0.6 = **{N(ahead.Cores)} cores**: {N(Math.Ceiling(ahead.Cores / 8.0))} nodes of eight cores, and {N(ahead.Nodes)} in three zones",
            $"{N(ahead.PeakLicenses)} licences and {N(ahead.Heartbeats)} heartbeats a second are {N(ahead.RedisOperations)} operations, which is {ahead.RedisShards} shards at 60 % of {N(figures.OperationsPerRedisShard)} each",
            $"{N(ahead.PeakLicenses)} ÷ ({N(figures.AuditEntriesPerDatabase)} × 0.6) = **{ahead.Databases} databases**",
            $"60 % of the {N(figures.AuditEntriesPerDatabase)} a second",
            $"an entry of three keys takes {N(figures.BytesPerAuditEntry)} bytes",
            $"{N(ahead.LicensesOfTheEvent / audience.Viewers)} licences a viewer, {N(ahead.LicensesOfTheEvent)} entries, {N(ahead.AuditBytesOfTheEvent / 1e9)} gigabytes",
        ];

        Assert.DoesNotContain(sums, sum => !Page.Contains(sum, StringComparison.Ordinal));
    }

    /// <summary>To the nearest whole number, as one writes a sum by hand.</summary>
    private static string N(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    [GeneratedRegex("```sh\ndrmhub (plan .+)\n```")]
    private static partial Regex Command();

    [GeneratedRegex(@"```json\n(\{[^`]+\})\n```")]
    private static partial Regex Json();
}
