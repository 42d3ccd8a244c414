using DrmHub.Vault.Keys;

namespace DrmHub.Host.Demo;

internal sealed class DemoMedia(KeyStore keys)
{
    public Task<IReadOnlyList<DemoTrack>> DescribeAsync(CancellationToken c) => Task.FromResult<IReadOnlyList<DemoTrack>>(keys is null ? [] : []);
    public Task<byte[]?> FindAsync(string track, CancellationToken c) => Task.FromResult<byte[]?>(keys is null ? [] : null);
    public Task<string> ManifestAsync(string l, CancellationToken c) => Task.FromResult(keys is null ? "" : "");
}
