using System.Net.Sockets;
using System.Text;
using DrmHub.Host.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace DrmHub.DrmHub.Tests.Hosting;

/// <summary>A content id with a slash is the same content in a path as in a document.</summary>
public sealed class EncodedSlashesTests
{
    [Theory]
    [InlineData("/cpix/studio%2Ffilm", "studio/film")]
    [InlineData("/cpix/studio%2ffilm?a=%2F", "studio/film")]
    [InlineData("/cpix/studio%252Ffilm", "studio%2Ffilm")]
    [InlineData("/cpix/a%252Fb%2Fc", "a%2Fb/c")]
    [InlineData("/cpix/100%25", "100%")]
    [InlineData("/cpix/%C3%A9%2F1", "é/1")]
    [InlineData("/cpix/./a%2Fb", "a/b")]
    [InlineData("/cpix/a%2F..%2Fb", "a/../b")]
    [InlineData("/cpix/plain", "plain")]
    [InlineData("/cpix/a%2Fb/periods/c%252Fd", "a/b|c%2Fd")]
    [InlineData("/cpix/a%2Fb/periods/a%252Fb", "a/b|a%2Fb")]
    [InlineData("/all/a%2Fb/c", "a%2Fb/c")]
    public async Task A_name_in_a_path_is_what_was_meant(string target, string expected)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        app.UseEncodedSlashes();
        app.MapGet("/cpix/{id}", (string id) => id);
        app.MapGet("/cpix/{id}/periods/{other}", (string id, string other) => $"{id}|{other}");
        app.MapGet("/all/{**rest}", (string rest) => rest);
        await app.StartAsync();

        // By hand, because clients tidy what they send.
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", new Uri(app.Urls.Single()).Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: hub.example\r\nConnection: close\r\n\r\n"));
        var answer = await new StreamReader(stream).ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Contains($"\n{expected}\r\n", answer[answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }
}
