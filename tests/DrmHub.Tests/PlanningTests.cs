using System.Text;
using DrmHub.Host.Commands;
using DrmHub.Host.Planning;

namespace DrmHub.DrmHub.Tests;

/// <summary>The sums of docs/scale.md, done by hand.</summary>
public sealed class PlanningTests
{
    private static readonly MeasuredFigures Figures = new()
    {
        Source = "made up",
        LicensesPerCore = 1000,
        MicrosecondsPerExtraKey = 0,
        HeartbeatsPerCore = 10_000,
        AuditEntriesPerDatabase = 10_000,
        BytesPerAuditEntry = 1000,
        OperationsPerRedisShard = 100_000,
    };

    private static readonly Audience Million = new()
    {
        Viewers = 1_200_000,
        Ramp = TimeSpan.FromMinutes(10),
        Peak = 2,
        Event = TimeSpan.FromHours(2),
        CryptoPeriod = TimeSpan.FromMinutes(10),
        Boundary = TimeSpan.FromSeconds(10),
        Heartbeat = TimeSpan.FromSeconds(60),
        Utilisation = 0.5,
        CoresPerNode = 4,
        Zones = 3,
    };

    [Fact]
    public void Keys_that_are_asked_for_at_each_change_are_asked_for_by_everyone_at_once()
    {
        var plan = ScalePlan.For(Million, Figures)[0];

        Assert.Equal(4_000, plan.Joins);                 // 1,200,000 / 600 s × 2
        Assert.Equal(120_000, plan.KeyChanges);          // 1,200,000 / 10 s
        Assert.Equal(124_000, plan.PeakLicenses);
        Assert.Equal(20_000, plan.Heartbeats);           // 1,200,000 / 60 s
        Assert.Equal(252, plan.Cores);                   // (124,000 / 1,000 + 20,000 / 10,000) / 0.5
        Assert.Equal(96, plan.Nodes);                    // 63 nodes in any two of three zones: 32 in each
        Assert.Equal(268_000, plan.RedisOperations);     // 2 × 124,000 + 20,000
        Assert.Equal(6, plan.RedisShards);               // 268,000 / 50,000
        Assert.Equal(25, plan.Databases);                // 124,000 / 5,000
        Assert.Equal(15_600_000, plan.LicensesOfTheEvent); // 1,200,000 × (1 + 12)
        Assert.Equal(15.6e9, plan.AuditBytesOfTheEvent);
    }

    [Fact]
    public void Keys_that_are_delivered_ahead_are_asked_for_all_through_the_period()
    {
        var plans = ScalePlan.For(Million, Figures);

        Assert.Equal(2_000, plans[1].KeyChanges);        // 1,200,000 / 600 s
        Assert.Equal(6_000, plans[1].PeakLicenses);
        Assert.True(plans[1].Nodes < plans[0].Nodes);
        Assert.Equal(1_000, ScalePlan.For(Million with { PeriodsAhead = 2 }, Figures)[1].KeyChanges);
    }

    [Fact]
    public void A_licence_with_more_keys_costs_more_of_a_core()
    {
        var dear = Figures with { MicrosecondsPerExtraKey = 1000 };
        var audience = Million with { CryptoPeriod = null, Keys = 5, Renewal = TimeSpan.FromHours(1), Zones = 1 };

        var plan = Assert.Single(ScalePlan.For(audience, dear));

        // 4,000 joins and 333 renewals at 1 ms + 4 × 1 ms each, and 2 cores of heartbeats, over half.
        Assert.Equal((long)Math.Ceiling((((4_000 + (1_200_000 / 3600.0)) * 0.005) + 2) / 0.5), plan.Cores);
        Assert.Equal(1_200_000 * 3, plan.LicensesOfTheEvent);
    }

    [Fact]
    public void All_that_is_out_of_range_is_said_at_once()
    {
        var exception = Assert.Throws<ArgumentException>(() => (Million with { Viewers = 0, Keys = 0, Utilisation = double.NaN }).Validate());

        Assert.Contains("--viewers", exception.Message, StringComparison.Ordinal);
        Assert.Contains("--keys", exception.Message, StringComparison.Ordinal);
        Assert.Contains("--utilisation", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("nonsense")]
    [InlineData("""{"source":"","licensesPerCore":0,"microsecondsPerExtraKey":0,"heartbeatsPerCore":1,"auditEntriesPerDatabase":1,"bytesPerAuditEntry":1,"operationsPerRedisShard":1}""")]
    [InlineData("""{"source":"","licencesPerCore":1,"licensesPerCore":1,"microsecondsPerExtraKey":0,"heartbeatsPerCore":1,"auditEntriesPerDatabase":1,"bytesPerAuditEntry":1,"operationsPerRedisShard":1}""")]
    public void Figures_that_cannot_be_counted_with_are_refused(string json) =>
        Assert.Throws<InvalidDataException>(() => MeasuredFigures.Read(new MemoryStream(Encoding.UTF8.GetBytes(json))));

    [Fact]
    public void The_built_in_figures_are_complete() => Assert.True(MeasuredFigures.BuiltIn.LicensesPerCore > 0);

    [Theory]
    [InlineData("90s", 90)]
    [InlineData("10m", 600)]
    [InlineData("1.5h", 5400)]
    [InlineData("2d", 172_800)]
    public void Durations_are_read_as_people_type_them(string text, double seconds)
    {
        Assert.True(DurationText.TryParse(text, out var duration));
        Assert.Equal(seconds, duration.TotalSeconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("10")]
    [InlineData("-5m")]
    [InlineData("1e9d")]
    [InlineData("99999999999d")]
    public void What_is_no_duration_is_refused(string text) => Assert.False(DurationText.TryParse(text, out _));
}
