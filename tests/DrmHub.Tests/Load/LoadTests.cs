using DrmHub.Host.Load;

namespace DrmHub.DrmHub.Tests.Load;

public sealed class LoadTests
{
    private static readonly LoadOptions Local = new()
    {
        Targets = [new Uri("http://127.0.0.1:5080/")],
        ContentId = "demo-title",
        Devices = [("clearkey", 1)],
        Plans = [("premium", 1)],
    };

    [Theory]
    [InlineData("http://drm.example.net/", null, false)]
    [InlineData("http://192.168.1.4/", null, false)]
    [InlineData("http://drm.example.net/", "drm.example.org", false)]
    [InlineData("http://drm.example.net/", "drm.example.net", true)]
    [InlineData("http://127.0.0.1:1/", null, true)]
    [InlineData("http://[::1]:1/", null, true)]
    [InlineData("http://localhost:1/", null, true)]
    public void Only_this_machine_and_a_host_that_was_named_are_loaded(string target, string? allowed, bool isAllowed)
    {
        var options = Local with { Targets = [new Uri(target)], AllowedHost = allowed };

        if (isAllowed) options.Validate();
        else Assert.Contains("--allow-host", Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_that_is_out_of_range_is_said_at_once()
    {
        var message = Assert.Throws<ArgumentException>((Local with { Players = 0, Drop = 2, Connections = 0 }).Validate).Message;

        foreach (var option in (string[])["--players", "--drop", "--connections"]) Assert.Contains(option, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Percentiles_are_right_to_three_in_a_hundred()
    {
        var random = new Random(7);
        var times = Enumerable.Range(0, 20_000).Select(_ => Math.Exp(random.NextDouble() * 16)).Order().ToArray();
        var (whole, left, right) = (new LatencyHistogram(), new LatencyHistogram(), new LatencyHistogram());
        for (var i = 0; i < times.Length; i++) (i % 2 == 0 ? left : right).Add(TimeSpan.FromMicroseconds(times[i]));
        whole.Add(left);
        whole.Add(right);

        foreach (var share in (double[])[0.01, 0.5, 0.9, 0.99, 0.999])
        {
            var exact = times[(int)Math.Ceiling(share * times.Length) - 1];
            Assert.InRange(whole.Percentile(share).TotalMicroseconds, (exact * 0.99) - 1, (exact * 1.04) + 1);
        }

        Assert.Equal(times.Length, whole.Count);
        Assert.InRange(whole.Max.TotalMicroseconds, times[^1] - 1, times[^1] + 1);
        Assert.Equal(TimeSpan.Zero, new LatencyHistogram().Percentile(0.5));
        whole.Add(TimeSpan.FromDays(365)); // Beyond the last bucket: counted, not lost.
        Assert.Equal(TimeSpan.FromDays(365), whole.Max);
    }

    [Fact]
    public void Refusals_are_answers_and_errors_are_not()
    {
        var record = new LoadRecord();
        record.Add(LoadAct.Join, TimeSpan.FromSeconds(0.5), TimeSpan.FromMilliseconds(2), LoadAnswer.Granted);
        record.Add(LoadAct.Join, TimeSpan.FromSeconds(2.5), TimeSpan.FromMilliseconds(4), new LoadAnswer("entitlement.none", false));
        record.Add(LoadAct.Heartbeat, TimeSpan.FromSeconds(2.6), TimeSpan.FromMilliseconds(4), new LoadAnswer("time-out", true));

        var summary = record.Summarise(TimeSpan.FromSeconds(3));

        Assert.Equal(["Join", "Heartbeat", "All"], summary.Acts.Select(row => row.Act));
        Assert.Equal([2L, 1L, 3L], summary.Acts.Select(row => row.Count));
        Assert.Equal(1, summary.Refusals["entitlement.none"]);
        Assert.Equal(1, summary.ErrorCount);
        Assert.Equal([(1L, 0L, 0L), (0L, 0L, 0L), (0L, 1L, 1L)], summary.Timeline.Select(point => (point.Granted, point.Refused, point.Errors)));
    }

    [Fact]
    public void The_page_escapes_what_a_hub_answered()
    {
        var record = new LoadRecord();
        record.Add(LoadAct.Join, TimeSpan.Zero, TimeSpan.FromMilliseconds(2), new LoadAnswer("<script>alert(1)</script>", false));

        var page = LoadChart.Write(record.Summarise(TimeSpan.FromSeconds(1)), new LoadOptions { Targets = [new Uri("http://127.0.0.1:5080")], ContentId = "<b>", Devices = [("clearkey", 3), ("fairplay-main", 1)], Plans = [("premium", 1), ("", 2)] });

        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);
        Assert.Contains("<svg", page, StringComparison.Ordinal);
        Assert.Contains("Devices clearkey:3, fairplay-main:1. Plans premium:1, none:2. At 127.0.0.1:5080.", page, StringComparison.Ordinal);
        Assert.Contains("Nothing failed.", page, StringComparison.Ordinal);
    }
}
