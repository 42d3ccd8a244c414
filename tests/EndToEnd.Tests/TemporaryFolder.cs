namespace DrmHub.EndToEnd.Tests;

internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("drmhub-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
