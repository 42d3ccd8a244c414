using System.Text.Json;

namespace DrmHub.EndToEnd.Tests;

/// <summary>Players against running hubs by <c>drmhub load</c>, and what the log says afterwards.</summary>
internal static class Rehearsal
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "drmhub.dll");

    /// <returns>How many licences were granted; none may fail and none may be refused.</returns>
    public static async Task<int> LoadAsync(string data, params HubProcess[] hubs)
    {
        string[] targets = [.. hubs.SelectMany(hub => (string[])["--url", hub.Address.ToString()])];
        var (code, output, error) = await Tools.RunAsync("dotnet", [Program, "load", "--data", data, "--players", "60", "--ramp", "4s", "--duration", hubs.Length > 1 ? "8s" : "5s", "--renewal", "1s", "--json", .. targets]);
        Assert.True(code == 0, output + error);
        using var summary = JsonDocument.Parse(output);
        Assert.Empty(summary.RootElement.GetProperty("refusals").EnumerateObject());
        return summary.RootElement.GetProperty("acts").EnumerateArray().Where(row => row.GetProperty("act").GetString() is "Join" or "Renew").Sum(row => row.GetProperty("count").GetInt32());
    }

    public static async Task AssertLogVerifiesAsync(string data, params string[] words)
    {
        var (code, output, error) = await Tools.RunAsync("dotnet", [Program, "audit", "verify", "--data", data, .. words]);
        Assert.True(code == 0, output + error);
    }
}
