using System.Net;
using System.Text;
using System.Text.Json;
using DrmHub.Host.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace DrmHub.DrmHub.Tests.Hosting;

/// <summary>What the framework refuses before a route is asked.</summary>
public sealed class ProblemsTests
{
    [Theory]
    [InlineData("Development")]
    [InlineData("Production")]
    public async Task A_body_or_parameter_that_cannot_be_read_is_the_callers_error_everywhere(string environment)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddHubProblems();
        await using var app = builder.Build();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.MapPost("/body", string (Asked asked) => asked.Name);
        app.MapGet("/parameter", int (int? limit) => limit ?? 0);
        await app.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };

        foreach (var body in new[] { "x", "[]", "{\"name\":5}", "" }) await RefusedAsync(await http.PostAsync("/body", new StringContent(body, Encoding.UTF8, "application/json")), "request.malformed", HttpStatusCode.BadRequest);
        await RefusedAsync(await http.PostAsync("/body", new StringContent("{}", Encoding.UTF8, "text/plain")), "request.media_type", HttpStatusCode.UnsupportedMediaType);
        await RefusedAsync(await http.GetAsync("/parameter?limit=abc"), "request.malformed", HttpStatusCode.BadRequest);
    }

    private static async Task RefusedAsync(HttpResponseMessage answer, string code, HttpStatusCode status)
    {
        using (answer)
        {
            var text = await answer.Content.ReadAsStringAsync();
            Assert.Equal((status, code), (answer.StatusCode, JsonDocument.Parse(text).RootElement.GetProperty("code").GetString()));
            Assert.DoesNotContain("Asked", text, StringComparison.Ordinal);
        }
    }

    private sealed record Asked(string Name);
}
