using System.Net;
using System.Net.Http.Headers;
using DrmHub.Vault.Audit.Tiles;

namespace DrmHub.Vault.Audit.Verify;

/// <summary>Where the files of a log are read from: a folder, a server, or this node's own database.</summary>
public sealed class LogSource : IDisposable
{
    private readonly Func<string, CancellationToken, Task<byte[]?>> _read;
    private readonly IDisposable? _owned;

    private LogSource(Func<string, CancellationToken, Task<byte[]?>> read, IDisposable? owned = null)
    {
        _read = read;
        _owned = owned;
    }

    /// <summary>An export that was written to a folder, or unpacked from an archive.</summary>
    public static LogSource Folder(string folder) => new(async (path, cancellationToken) =>
    {
        var file = Path.Combine(folder, path);
        return File.Exists(file) ? await File.ReadAllBytesAsync(file, cancellationToken).ConfigureAwait(false) : null;
    });

    /// <summary>A running log, by the address that its head lies under: <c>https://host/audit</c>. The token opens entry bundles.</summary>
    public static LogSource Server(Uri prefix, string? token)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        var client = new HttpClient { BaseAddress = new Uri(prefix.AbsoluteUri.TrimEnd('/') + "/"), MaxResponseContentBufferSize = 32 << 20 };
        if (token is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return new LogSource(
            async (path, cancellationToken) =>
            {
                using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), cancellationToken).ConfigureAwait(false);
                if (answer.StatusCode == HttpStatusCode.NotFound) return null;
                answer.EnsureSuccessStatusCode();
                return await answer.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            },
            client);
    }

    /// <summary>The tiles and entries that the database holds now.</summary>
    public static LogSource Database(AuditLog log)
    {
        ArgumentNullException.ThrowIfNull(log);
        return new LogSource(async (path, _) =>
        {
            if (path == "checkpoint") return (await log.Tree.HeadAsync().ConfigureAwait(false))?.Note.ToBytes();
            return TilePath.TryParse(path["tile/".Length..], out var tile) ? await log.Tree.StoredTileAsync(tile).ConfigureAwait(false) : null;
        });
    }

    internal Task<byte[]?> ReadAsync(string path, CancellationToken cancellationToken) => _read(path, cancellationToken);

    public void Dispose() => _owned?.Dispose();
}
