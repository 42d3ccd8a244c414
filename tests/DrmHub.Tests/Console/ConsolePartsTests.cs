using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using DrmHub.Host.Pages.Audit;
using DrmHub.Host.Pages.Charts;
using DrmHub.Host.Pages.Operations;
using DrmHub.Host.Pages.Rights;
using DrmHub.Host.Pages.SignIn;
using DrmHub.Host.Pages.Words;
using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace DrmHub.DrmHub.Tests.Console;

/// <summary>Parts of the console that need no page.</summary>
public sealed class ConsolePartsTests
{
    [Fact]
    public void What_is_sealed_for_one_purpose_opens_for_that_purpose_alone()
    {
        var protection = SessionProtection.Over(RandomNumberGenerator.GetBytes(SessionProtection.SecretSize));
        var cookie = protection.CreateProtector("cookie").CreateProtector("v1");
        var sealedBytes = cookie.Protect("somebody"u8.ToArray());
        Assert.Equal("somebody"u8.ToArray(), cookie.Unprotect(sealedBytes));
        Assert.NotEqual(sealedBytes, cookie.Protect("somebody"u8.ToArray()));
        Assert.ThrowsAny<CryptographicException>(() => protection.CreateProtector("cookiev1").Unprotect(sealedBytes));
        Assert.ThrowsAny<CryptographicException>(() => protection.CreateProtector("cookie").Unprotect(sealedBytes));
        Assert.ThrowsAny<CryptographicException>(() => SessionProtection.Over(new byte[32]).CreateProtector("cookie").CreateProtector("v1").Unprotect(sealedBytes));
        for (var i = 0; i < sealedBytes.Length; i++)
        {
            var changed = sealedBytes.ToArray();
            changed[i] ^= 1;
            Assert.ThrowsAny<CryptographicException>(() => cookie.Unprotect(changed));
            Assert.ThrowsAny<CryptographicException>(() => cookie.Unprotect(sealedBytes[..i]));
        }
    }

    [Theory]
    [InlineData("/console/audit?title=a%20b", "/console/audit?title=a%20b")]
    [InlineData("/consolegate", "/console")]
    [InlineData("//evil.example/console", "/console")]
    [InlineData("/console/../admin\\x", "/console")]
    [InlineData("/console/sign-out", "/console")]
    [InlineData("/console/a\r\nSet-Cookie: x", "/console")]
    [InlineData(null, "/console")]
    public void A_sign_in_leads_nowhere_else(string? path, string expected) => Assert.Equal(expected, ConsoleAuthentication.LocalPath(path));

    [Theory]
    [InlineData("reason:device.level country:IN", "country=IN&reason=device.level")]
    [InlineData("title:\"a film\"", "title=a%20film")]
    [InlineData("TITLE:x", "title=x")]
    [InlineData("somebody", "q=somebody")]
    [InlineData("http://x reason:", "q=http%3A%2F%2Fx%20reason%3A")]
    [InlineData("\"unclosed title:x", "q=unclosed%20title%3Ax")]
    public void The_search_line_becomes_an_address_and_comes_back(string line, string query)
    {
        var filters = new AuditFilters().WithLine(line);
        Assert.Equal("/console/audit?" + query, filters.Address());
        Assert.Equal(filters.Address(), new AuditFilters().WithLine(filters.ToLine()).Address());
    }

    [Fact]
    public void Any_search_line_is_read_without_failing()
    {
        var random = RandomNumberGenerator.Create();
        var bytes = new byte[64];
        for (var i = 0; i < 5000; i++)
        {
            random.GetBytes(bytes);
            var line = new string([.. bytes.Select(b => (b % 9) switch { 0 => '"', 1 => ':', 2 => ' ', 3 => '\\', _ => (char)(b + 32) })]);
            Assert.NotNull(new AuditFilters().WithLine(line).Address());
            Assert.NotNull(AuditFilters.Read(new QueryCollection(new Dictionary<string, Microsoft.Extensions.Primitives.StringValues> { ["q"] = line, ["from"] = line, ["open"] = line, ["system"] = line })).ToQuery(Reader()).Problem ?? "");
        }
    }

    [Fact]
    public void A_deal_survives_its_form()
    {
        var deal = new Deal
        {
            Id = "d",
            Name = "D",
            Content = new ContentSelector { Patterns = ["a", "b-*"], Collections = ["c"] },
            Territories = new HashSet<string> { "IN", "DE" },
            OpensMs = 1_790_000_045_678,
            Plans = new HashSet<string> { "p" },
            LicenseSeconds = 12_345,
            RenewSeconds = 600,
            AudioLanguages = new HashSet<string> { "hi", "en" },
            AudioQualities = new HashSet<AudioQuality> { AudioQuality.Lossless, AudioQuality.Low },
            MinimumLevels = new Dictionary<Cenc.TrackType, SecurityLevel> { [Cenc.TrackType.HD] = SecurityLevel.Hardware, [Cenc.TrackType.Audio] = SecurityLevel.Software },
        };
        var form = DealForm.From(deal, Reader());
        var built = form.Build(deal, Reader());
        Assert.Empty(form.Problems);
        Assert.Equal(RightsKinds.Deals.Write(deal), RightsKinds.Deals.Write(built!));
    }

    [Fact]
    public void A_subscriber_survives_the_form()
    {
        var subscriber = new Subscriber
        {
            Id = "s",
            Status = SubscriberStatus.Suspended,
            Subscriptions = [new Subscription("p", 1_790_000_045_678, 1_890_000_000_001), new Subscription("q", Status: SubscriptionStatus.Cancelled)],
            Purchases = [new Purchase { Collection = "c" }, new Purchase { Content = "a", FromMs = 1_790_000_000_007 }],
            Rentals = [new Rental { Content = "b", FromMs = 1_790_000_000_009, FirstPlayMs = 1_790_000_100_009 }],
            Devices = [new Device { Id = "d", Revoked = true }],
            MaxStreams = 3,
        };
        var form = SubscriberForm.From(subscriber, Reader());
        Assert.Equal((4, 4, 3), (form.Subscriptions, form.Purchases, form.Rentals));
        var built = form.Build(subscriber, Reader());
        Assert.Empty(form.Problems);
        Assert.Equal(RightsKinds.Subscribers.Write(subscriber), RightsKinds.Subscribers.Write(built!));
    }

    [Fact]
    public void What_is_wrong_with_a_subscriber_stands_at_its_row()
    {
        var sent = new Dictionary<string, Microsoft.Extensions.Primitives.StringValues>
        {
            ["subscription.rows"] = "3", ["subscription.0.plan"] = "", ["subscription.2.plan"] = "p", ["subscription.2.from"] = "2027-01-02T00:00", ["subscription.2.until"] = "2027-01-01T00:00",
            ["purchase.rows"] = "999999999", ["purchase.201.what"] = new string('x', 300), ["rental.rows"] = "-1", ["rental.0.what"] = "b", ["rental.0.from"] = "yesterday",
        };
        var form = SubscriberForm.Read(new FormCollection(sent));
        Assert.Null(form.Build(new Subscriber { Id = "s" }, Reader()));
        Assert.Equal(["rental.0.from"], form.Problems.Select(problem => problem.Field));
        sent["rental.0.from"] = "2027-01-01T00:00";
        form = SubscriberForm.Read(new FormCollection(sent));
        Assert.Null(form.Build(new Subscriber { Id = "s" }, Reader()));
        Assert.Equal(["purchase.201.what", "subscription.2.until"], form.Problems.Select(problem => problem.Field).Order(StringComparer.Ordinal));
        Assert.True(form.Purchases <= SubscriberForm.MaxRows + 2);
    }

    [Fact]
    public void Percentiles_lie_within_a_bucket_and_old_minutes_are_forgotten()
    {
        var time = new FakeTimeProvider();
        using var measured = new Measurements(time);
        for (var i = 1; i <= 100; i++) measured.Add("Licences", i / 1000.0, isFailure: i > 98);
        var hour = Assert.Single(measured.Read());
        Assert.Equal((100, 2), (hour.Requests, hour.Failed));
        Assert.InRange(hour.P50!.Value, 0.050, 0.050 * 1.2);
        Assert.InRange(hour.P99!.Value, 0.099, 0.099 * 1.2);
        time.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(100, Assert.Single(measured.Read()).PerMinute[0]);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(measured.Read());
    }

    [Fact]
    public async Task A_playready_refusal_is_no_failure_though_its_status_is_500()
    {
        using var measured = new Measurements(new FakeTimeProvider());
        await measured.StartAsync(CancellationToken.None);
        using var server = new Meter("Microsoft.AspNetCore.Hosting");
        using var licences = new Meter("DrmHub.Licenses");
        var duration = server.CreateHistogram<double>("http.server.request.duration");
        var answers = licences.CreateCounter<long>("drmhub.licenses");
        foreach (var (route, status) in new[] { ("/license/playready", 500), ("/license/playready", 200), ("/license/widevine", 500), ("/license/playready", 503) })
            duration.Record(0.001, new("http.route", route), new("http.response.status_code", status));
        Assert.Equal((4, 2), (measured.Read().Single().Requests, measured.Read().Single().Failed));
        foreach (var (system, reason) in new[] { ("PlayReady", "deal.territory"), ("PlayReady", "upstream.timeout"), ("Widevine", "upstream.timeout") })
            answers.Add(1, new("system", system), new("reason", reason));
        Assert.Equal(3, measured.Read().Single().Failed);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(3, 4)]
    [InlineData(11, 20)]
    [InlineData(99, 100)]
    [InlineData(1001, 2000)]
    public void An_axis_ends_at_a_round_number(long value, long end) => Assert.Equal(end, Scale.RoundUp(value));

    [Fact]
    public void Steps_of_time_cover_the_stretch_with_at_most_sixty_columns()
    {
        var until = new DateTimeOffset(2026, 11, 25, 13, 37, 5, TimeSpan.Zero);
        foreach (var hours in (double[])[0.5, 1, 24, 168, 720, 9000, 90_000])
        {
            var from = until - TimeSpan.FromHours(hours);
            var (start, step, count) = TimeSteps.Of(from, until, TimeZoneInfo.Utc);
            Assert.InRange(count, 1, 61);
            Assert.True(start <= from && start + count * step >= until);
            Assert.NotEmpty(TimeSteps.Name(step));
        }
    }

    [Fact]
    public void Every_reason_code_has_a_sentence()
    {
        foreach (var field in typeof(ReasonCodes).GetFields())
        {
            var reason = Reasons.Find((string)field.GetValue(null)!);
            Assert.NotEmpty(reason.Remedy);
            Assert.EndsWith(".", reason.Sentence, StringComparison.Ordinal);
        }
    }

    private static Reader Reader() => new(new HttpContextAccessor { HttpContext = new DefaultHttpContext() }, TimeProvider.System);
}
