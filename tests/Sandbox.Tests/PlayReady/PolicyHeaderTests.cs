using System.Text;
using System.Text.RegularExpressions;
using DrmHub.Cenc;
using DrmHub.Sandbox.LicenseServices.PlayReady;
using DrmHub.Testing;
using Microsoft.Extensions.Time.Testing;

namespace DrmHub.Sandbox.Tests.PlayReady;

/// <summary>The policy header of docs/playready.md, read by a server that was written from that page alone; the vector is the page's own.</summary>
public sealed partial class PolicyHeaderTests
{
    private static readonly KeyId[] Challenge = [KeyId.Parse("a2c786d0-f9ef-4cb3-b333-cd323a4284a5"), KeyId.Parse("db06a8fe-ec16-4de2-9228-2c71e9b856ab")];
    private static readonly Dictionary<string, byte[]> Keys = new() { ["1"] = [.. Enumerable.Range(0, 64).Select(number => (byte)number)] };

    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(1_780_315_259));

    [Fact]
    public void The_worked_vector_opens_and_says_what_the_page_says()
    {
        var policies = Open(Vector());
        Assert.Equal(Challenge, policies.Select(policy => policy.KeyId));
        Assert.Equal("4edb7704cdbf03617f4800bd878a6df2", Convert.ToHexStringLower(policies[0].Key));
        Assert.Equal((2000, 100, false), (policies[0].Rules.MinimumLevel, policies[0].Rules.UncompressedVideo, policies[0].Rules.HdcpType1));
        Assert.Equal((3000, 300, true), (policies[1].Rules.MinimumLevel, policies[1].Rules.UncompressedVideo, policies[1].Rules.HdcpType1));
        Assert.Equal(1_780_336_800_000, policies[0].Rules.EndMs);
    }

    [Theory]
    [InlineData("tag")]
    [InlineData("ciphertext")]
    [InlineData("header")]
    [InlineData("iv")]
    [InlineData("expired")]
    [InlineData("another challenge")]
    [InlineData("unknown key")]
    [InlineData("no header")]
    [InlineData("other key ids")]
    public void A_header_that_does_not_hold_is_refused(string what)
    {
        var header = Vector();
        var parts = header.Split('.');
        var (keys, body, keyIds) = (Keys, "<soap:Envelope/>", Challenge);
        switch (what)
        {
            case "tag": header = header[..^2] + (header[^2] == 'A' ? "BA" : "AA"); break;
            case "ciphertext": parts[3] = "A" + parts[3][1..]; header = string.Join('.', parts); break;
            case "header": parts[0] = Convert.ToBase64String("""{"alg":"dir","enc":"A256CBC-HS512","kid":"1"}"""u8).TrimEnd('='); header = string.Join('.', parts); break;
            case "iv": parts[2] = "A" + parts[2][1..]; header = string.Join('.', parts); break;
            case "expired": _time.Advance(TimeSpan.FromSeconds(1)); break;
            case "another challenge": body = "<soap:Envelope />"; break;
            case "unknown key": keys = new Dictionary<string, byte[]> { ["2"] = Keys["1"] }; break;
            case "no header": header = ""; break;
            case "other key ids": keyIds = [KeyId.Parse("00000000000000000000000000000001")]; break;
        }

        var refusal = Assert.Throws<SandboxException>(() => new PolicyHeader(_time).Open(header, keys, Encoding.UTF8.GetBytes(body), keyIds));
        Assert.Equal(SandboxFailure.Policy, refusal.Failure);
    }

    [Fact]
    public void A_header_is_good_for_one_challenge_once()
    {
        var reader = new PolicyHeader(_time);
        reader.Open(Vector(), Keys, "<soap:Envelope/>"u8, Challenge);
        Assert.Throws<SandboxException>(() => reader.Open(Vector(), Keys, "<soap:Envelope/>"u8, Challenge));
    }

    private IReadOnlyList<PlayReadyPolicy> Open(string header) => new PolicyHeader(_time).Open(header, Keys, "<soap:Envelope/>"u8, Challenge);

    internal static string Vector()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "playready.md"));
        return Blanks().Replace(VectorBlock().Match(page).Groups["jwe"].Value, "");
    }

    [GeneratedRegex("```\n(?<jwe>eyJ[^`]+)```")]
    private static partial Regex VectorBlock();

    [GeneratedRegex(@"\s")]
    private static partial Regex Blanks();
}
