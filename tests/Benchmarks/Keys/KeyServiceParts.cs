using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DrmHub.Cenc;
using DrmHub.KeyService.Cpix;
using DrmHub.KeyService.Speke;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Keys.MasterKeys;
using DrmHub.Vault.Storage;

namespace DrmHub.Benchmarks.Keys;

/// <summary>What one SPEKE v2 document costs the hub, part by part: one thread, no HTTP, no audit log. Processor time and allocations.</summary>
internal static class KeyServiceParts
{
    private const int Titles = 200;
    private const int Warm = 4_000;
    private const int Rounds = 20_000;

    public static async Task RunAsync(Func<string, X509Certificate2?, byte[]> request, X509Certificate2 certificate)
    {
        var folder = Directory.CreateTempSubdirectory("drmhub-bench-").FullName;
        await using (var database = await Database.OpenAsync(new StorageOptions { DataDirectory = folder }))
        await using (var store = await KeyStore.OpenAsync(database, new LocalMasterKey(static () => [RandomNumberGenerator.GetBytes(LocalMasterKey.Size)])))
        {
            foreach (var recipient in (X509Certificate2?[])[null, certificate])
            {
                var bodies = Enumerable.Range(0, Titles).Select(title => request($"parts-{(recipient is null ? "clear" : "locked")}-{title}", recipient)).ToArray();
                await MeasureAsync(recipient is null ? "clear keys" : "keys encrypted to a certificate", bodies, store);
            }
        }

        Directory.Delete(folder, recursive: true);
    }

    private static async Task MeasureAsync(string name, byte[][] bodies, KeyStore store)
    {
        var signalling = new SpekeSignalling("http://127.0.0.1:5080", null);
        var specs = bodies.Select(body => SpekeV2Contract.Parse(body, SpekeVersion.V20).Keys.Select(key => SpekeIssuer.SpecOf(key, ProtectionScheme.Cbcs)).ToArray()).ToArray();
        var contentIds = bodies.Select(body => CpixDocument.Load(body).ContentId!).ToArray();
        var keys = new IReadOnlyList<VaultKey>[bodies.Length];
        for (var i = 0; i < bodies.Length; i++) keys[i] = await store.GetOrCreateAsync(contentIds[i], specs[i]);
        Console.WriteLine($"{name}: a request of {bodies[0].Length:N0} bytes, an answer of {Answer(0):N0}");
        Time("read the document", i => CpixDocument.Load(bodies[i], CpixLimits.Requests));
        Time("and its contract", i => SpekeV2Contract.Parse(bodies[i], SpekeVersion.V20));
        Time("find and open five keys", i =>
        {
            foreach (var key in store.GetOrCreateAsync(contentIds[i], specs[i]).GetAwaiter().GetResult()) key.Dispose();
        });
        Time("signal five keys for three systems", i =>
        {
            foreach (var key in keys[i])
            foreach (var system in (DrmSystem[])[DrmSystem.Widevine, DrmSystem.PlayReady, DrmSystem.FairPlay]) signalling.For(system, key, ProtectionScheme.Cbcs);
        });
        Time("the whole, from request to answer", i => Answer(i));

        int Answer(int i)
        {
            using var answer = SpekeIssuer.Fill(SpekeV2Contract.Parse(bodies[i], SpekeVersion.V20), ProtectionScheme.Cbcs, keys[i], signalling);
            return answer.Length;
        }
    }

    private static void Time(string name, Action<int> part)
    {
        for (var i = 0; i < Warm; i++) part(i % Titles);
        Thread.Sleep(300); // The compiler's queue: what was counted hot is compiled beside.
        for (var i = 0; i < Warm; i++) part(i % Titles);
        var (used, allocated) = (Environment.CpuUsage.TotalTime, GC.GetAllocatedBytesForCurrentThread());
        for (var i = 0; i < Rounds; i++) part(i % Titles);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-36} {(Environment.CpuUsage.TotalTime - used).TotalMicroseconds / Rounds,8:F1} µs {(GC.GetAllocatedBytesForCurrentThread() - allocated) / 1024.0 / Rounds,8:F1} KiB"));
    }
}
