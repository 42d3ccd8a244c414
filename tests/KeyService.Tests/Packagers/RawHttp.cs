using System.Net.Sockets;
using System.Text;

namespace DrmHub.KeyService.Tests.Packagers;

/// <summary>HTTP/1.1 by hand, for targets and headers that a client would clean up.</summary>
internal static class RawHttp
{
    public static async Task<string> SendAsync(Uri address, string line, string[] headers, string body, string? host = null)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        await using var stream = client.GetStream();
        var length = headers.Any(header => header.StartsWith("content-length", StringComparison.OrdinalIgnoreCase)) ? "" : $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n";
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"{line}\r\nHost: {host ?? address.Authority}\r\nConnection: close\r\n{length}{string.Concat(headers.Select(header => header + "\r\n"))}\r\n{body}"));
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }
}
