using System.Buffers.Binary;
using System.Diagnostics;
using DrmHub.Testing;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Audit.Notes;
using DrmHub.Vault.Audit.Verify;

namespace DrmHub.Vault.Tests.Audit;

public sealed class AuditVerifyTests
{
    private const int Entries = 700;

    public static TheoryData<string> Kinds => AuditStore.Kinds;

    public static TheoryData<string, AuditFault, long> Damages => new()
    {
        { "change", AuditFault.Changed, 300 },
        { "remove", AuditFault.Removed, 300 },
        { "remove last", AuditFault.Removed, 699 },
        { "add", AuditFault.Added, 300 },
        { "add last", AuditFault.Added, 700 },
        { "swap", AuditFault.Reordered, 300 },
        { "remove bundle", AuditFault.Removed, 256 },
    };

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public async Task An_export_and_the_database_verify(string kind)
    {
        await using var store = await AuditStore.CreateAsync(kind);
        var (log, folder) = await ExportAsync(store);
        using var export = LogSource.Folder(folder);
        using var database = LogSource.Database(log);

        foreach (var source in (LogSource[])[export, database])
        {
            var verdict = await AuditVerifier.VerifyAsync(source, log.Tree.Key);
            Assert.True(verdict.IsSound, verdict.Message);
            Assert.Equal((Entries, Entries), (verdict.Size, verdict.Checked));
        }
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task The_first_deviation_is_named(string damage, AuditFault fault, long index)
    {
        await using var store = await AuditStore.CreateAsync("sqlite");
        var (log, folder) = await ExportAsync(store);
        Damage(folder, damage);
        using var source = LogSource.Folder(folder);

        var verdict = await AuditVerifier.VerifyAsync(source, log.Tree.Key);

        Assert.Equal((fault, index), (verdict.Fault, verdict.Index));
    }

    [Theory]
    [InlineData("tile/0/000", AuditFault.Hashes, 0L)]
    [InlineData("tile/0/001", AuditFault.Hashes, 256L)]
    [InlineData("tile/0/002.p/188", AuditFault.Hashes, null)]
    [InlineData("tile/1/000.p/2", AuditFault.Hashes, null)]
    [InlineData("checkpoint", AuditFault.Head, null)]
    public async Task Altered_or_missing_hashes_are_named_by_their_range(string file, AuditFault fault, long? index)
    {
        await using var store = await AuditStore.CreateAsync("sqlite");
        var (log, folder) = await ExportAsync(store);
        using var source = LogSource.Folder(folder);
        var path = Path.Combine(folder, file);
        var bytes = await File.ReadAllBytesAsync(path);
        bytes[40] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);
        var altered = await AuditVerifier.VerifyAsync(source, log.Tree.Key);
        Assert.Equal((fault, index), (altered.Fault, altered.Index));
        File.Delete(path);
        var missing = await AuditVerifier.VerifyAsync(source, log.Tree.Key);
        Assert.Equal((fault, index), (missing.Fault, missing.Index));
    }

    [Fact]
    public async Task A_log_that_does_not_continue_a_known_head_is_a_fork()
    {
        await using var store = await AuditStore.CreateAsync("sqlite");
        var (log, folder) = await ExportAsync(store);
        using var source = LogSource.Folder(folder);
        var head = (await log.Tree.HeadAsync())!.Value.Head;
        Assert.True((await AuditVerifier.VerifyAsync(source, log.Tree.Key, head)).IsSound);
        Assert.Equal(AuditFault.Fork, (await AuditVerifier.VerifyAsync(source, log.Tree.Key, head with { Size = 300 })).Fault);
        Assert.Equal(AuditFault.Fork, (await AuditVerifier.VerifyAsync(source, log.Tree.Key, head with { Size = 701 })).Fault);
    }

    [Fact]
    public async Task A_server_is_checked_over_http()
    {
        await using var store = await AuditStore.CreateAsync("sqlite");
        var (log, _) = await ExportAsync(store);
        await using var server = await AuditServer.StartAsync(log);
        using var source = LogSource.Server(new Uri(server.Address, "audit"), "reader");
        var verdict = await AuditVerifier.VerifyAsync(source, log.Tree.Key);
        Assert.True(verdict.IsSound, verdict.Message);
        Assert.Equal(Entries, verdict.Checked);
    }

    [SkippableFact]
    public async Task The_separate_verifier_agrees()
    {
        Skip.If(Python() is null, "python3 is not installed.");
        await using var store = await AuditStore.CreateAsync("sqlite");
        var (log, folder) = await ExportAsync(store);
        var key = log.Tree.Key.ToString();
        var (code, output) = Verify("log", folder, key);
        Assert.Equal((0, true), (code, output.StartsWith("OK 700 of 700 entries", StringComparison.Ordinal)));

        var entry = AuditTreeTests.Split(await File.ReadAllBytesAsync(Path.Combine(folder, "tile/entries/001")))[44];
        await File.WriteAllTextAsync(Path.Combine(folder, "proof"), await log.Tree.ProofFileAsync(300));
        await File.WriteAllBytesAsync(Path.Combine(folder, "entry"), entry);
        Assert.Equal(0, Verify("proof", Path.Combine(folder, "proof"), key, Path.Combine(folder, "entry")).Code);
        entry[9] ^= 1;
        await File.WriteAllBytesAsync(Path.Combine(folder, "entry"), entry);
        Assert.Equal(1, Verify("proof", Path.Combine(folder, "proof"), key, Path.Combine(folder, "entry")).Code);

        using var stranger = new NoteSigner(log.Tree.Key.Name, new byte[32]);
        Assert.Equal(1, Verify("log", folder, stranger.Public.ToString()).Code);
        Damage(folder, "change");
        Assert.Contains("entry 300", Verify("log", folder, key).Output, StringComparison.Ordinal);
    }

    internal static async Task<(AuditLog Log, string Folder)> ExportAsync(AuditStore store)
    {
        var log = await store.OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, Entries).Select(i => log.AppendAsync(new AuditEntry
        {
            Kind = AuditKind.LicenseGranted,
            Subject = "s" + i % 9,
            ContentId = "titre-\u00e9\u2028\u007f\ud83c\udf9e" + i,
        })));
        await AuditTreeTests.HeadAsync(log, Entries);
        var folder = Path.Combine(store.Folder, "export");
        await log.Export.WriteFolderAsync(folder);
        return (log, folder);
    }

    private static void Damage(string folder, string damage)
    {
        var bundles = (string[])["000", "001", "002.p/188"];
        var entries = bundles.SelectMany(name => AuditTreeTests.Split(File.ReadAllBytes(Path.Combine(folder, "tile/entries", name)))).ToList();
        switch (damage)
        {
            case "change": entries[300][20] ^= 1; break;
            case "remove": entries.RemoveAt(300); break;
            case "remove last": entries.RemoveAt(699); break;
            case "add": entries.Insert(300, [.. entries[300][..^1], (byte)' ', (byte)'}']); break;
            case "add last": entries.Add([1, 2, 3]); break;
            case "swap": (entries[300], entries[420]) = (entries[420], entries[300]); break;
            case "remove bundle": entries.RemoveRange(256, 256); break;
            default: throw new ArgumentException("No such damage.", nameof(damage));
        }

        var at = 0;
        foreach (var name in bundles)
        {
            var take = name == bundles[^1] ? entries.Count - at : Math.Min(256, entries.Count - at);
            var bundle = new MemoryStream();
            foreach (var entry in entries.GetRange(at, Math.Max(0, take)))
            {
                var length = new byte[2];
                BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)entry.Length);
                bundle.Write(length);
                bundle.Write(entry);
            }

            at += Math.Max(0, take);
            File.WriteAllBytes(Path.Combine(folder, "tile/entries", name), bundle.ToArray());
        }
    }

    private static string? Python() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, "python3")).FirstOrDefault(File.Exists);

    /// <summary>A client of tiles walks the running server: heads of one tile, of several with partial ones, and of two levels.</summary>
    [SkippableTheory]
    [InlineData(1)]
    [InlineData(256)]
    [InlineData(700)]
    public async Task A_client_of_tiles_finds_what_the_specification_says(int entries)
    {
        Skip.If(Python() is null, "python3 is not installed.");
        await using var store = await AuditStore.CreateAsync("sqlite");
        var log = await store.OpenAsync();
        for (var at = 0; at < entries; at += 100)
            await log.AppendAllAsync([.. Enumerable.Range(at, Math.Min(100, entries - at)).Select(i => new AuditEntry { Kind = AuditKind.LicenseGranted, Subject = "s" + i, ContentId = "c" })]);
        await AuditTreeTests.HeadAsync(log, entries);
        await using var server = await AuditServer.StartAsync(log);
        var walk = Run("tiles.py", new Uri(server.Address, "audit").ToString(), log.Tree.Key.ToString(), "reader");
        Assert.True(walk.Code == 0, walk.Output);
        var wrongKey = Run("tiles.py", new Uri(server.Address, "audit").ToString(), "other.example/audit+" + log.Tree.Key.ToString().Split('+', 2)[1]);
        Assert.NotEqual(0, wrongKey.Code);
    }

    [Fact]
    public async Task Whether_a_title_was_licensed_is_answered_by_reading_a_verified_export()
    {
        await using var store = await AuditStore.CreateAsync("sqlite");
        var log = await store.OpenAsync();
        AuditEntry Entry(string content, string country, AuditKind kind) => new() { Kind = kind, Subject = "s", ContentId = content, Country = country };
        await log.AppendAllAsync(
        [
            Entry("film", "IN", AuditKind.LicenseGranted), Entry("film", "DE", AuditKind.LicenseRefused), Entry("film", "IN", AuditKind.LicenseRenewed),
            Entry("other", "DE", AuditKind.LicenseGranted), .. Enumerable.Range(0, 400).Select(i => Entry("filler" + i, "US", AuditKind.LicenseGranted)),
        ]);
        await AuditTreeTests.HeadAsync(log, 404);
        var folder = Path.Combine(store.Folder, "export");
        await log.Export.WriteFolderAsync(folder);
        using var source = LogSource.Folder(folder);

        var granted = await new LicensedSearch("film", "IN", null, null).RunAsync(source, log.Tree.Key);
        Assert.True(granted.IsComplete);
        Assert.Equal([0L, 2L], granted.Grants.Select(grant => grant.Index));
        var absent = await new LicensedSearch("film", "DE", null, null).RunAsync(source, log.Tree.Key);
        Assert.True(absent.IsComplete && absent.Grants.Count == 0);
        Assert.Empty((await new LicensedSearch("film", "IN", TimeProvider.System.GetUtcNow().AddHours(1), null).RunAsync(source, log.Tree.Key)).Grants);

        // An export from which a grant was taken answers nothing at all.
        var bundle = Path.Combine(folder, "tile/entries/000");
        var bytes = await File.ReadAllBytesAsync(bundle);
        bytes[40] ^= 1;
        await File.WriteAllBytesAsync(bundle, bytes);
        var damaged = await new LicensedSearch("film", "IN", null, null).RunAsync(source, log.Tree.Key);
        Assert.False(damaged.Verdict.IsSound || damaged.IsComplete || damaged.Grants.Count > 0);
    }

    internal static (int Code, string Output) Verify(params string[] arguments) => Run("verify.py", arguments);

    private static (int Code, string Output) Run(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(Python()!, [Path.Combine(Repository.Root, "tests/audit-verifier", script), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
