using System.Net.Http.Headers;
using DrmHub.Host.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace DrmHub.DrmHub.Tests.Hosting;

/// <summary>Headers that every answer carries, whatever becomes of the request.</summary>
public sealed class ApiHeadersTests
{
    [Theory]
    [InlineData("GET", "/open", false, null)]
    [InlineData("GET", "/open", true, "no-store")]
    [InlineData("POST", "/open", false, "no-store")]
    [InlineData("GET", "/cpix/title", false, "no-store")]
    [InlineData("GET", "/cpixels", false, null)]
    [InlineData("GET", "/cached", true, "public, max-age=60")]
    [InlineData("GET", "/fault", true, "no-store")]
    [InlineData("GET", "/none", true, "no-store")]
    public async Task Nothing_is_guessed_told_on_or_kept(string method, string path, bool withToken, string? cacheControl)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddHubProblems();
        await using var app = builder.Build();
        app.UseApiHeaders();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.MapMethods("/open", ["GET", "POST"], () => "open");
        app.MapGet("/cpix/{id}", () => "keys");
        app.MapGet("/cpixels", () => "open");
        app.MapGet("/cached", (HttpContext http) =>
        {
            http.Response.Headers.CacheControl = "public, max-age=60";
            http.Response.Headers["Referrer-Policy"] = "same-origin";
        });
        app.MapGet("/fault", IResult () => throw new InvalidOperationException("A fault."));
        await app.StartAsync();

        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (withToken) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "x");
        using var response = await client.SendAsync(request);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal(path == "/cached" ? "same-origin" : "no-referrer", Assert.Single(response.Headers.GetValues("Referrer-Policy")));

        // The handler of faults says it in its own words: no-store among them.
        if (path == "/fault") Assert.True(response.Headers.CacheControl!.NoStore);
        else Assert.Equal(cacheControl, response.Headers.CacheControl?.ToString());
    }
}
