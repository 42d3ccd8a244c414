using System.Security.Cryptography;
using DrmHub.Vault.Keys.MasterKeys;

namespace DrmHub.Vault.Tests.Keys;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class LocalMasterKeyTests : IDisposable
{
    private static readonly byte[] Plain = RandomNumberGenerator.GetBytes(48);

    private readonly string _directory = Directory.CreateTempSubdirectory("drmhub-master-").FullName;

    private MasterKeyFile File => new(Path.Combine(_directory, "sub", "master.key"));

    [Fact]
    public void The_file_is_made_once_and_for_its_owner_alone()
    {
        Assert.True(File.CreateIfMissing());
        var first = File.Read()[0];
        Assert.False(File.CreateIfMissing());
        Assert.Equal(first, File.Read()[0]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File.Path));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(File.Path)!));
    }

    [Fact]
    public async Task Nodes_that_start_at_once_use_one_key()
    {
        for (var round = 0; round < 50; round++)
        {
            var path = Path.Combine(_directory, $"round-{round}", "master.key");
            using var together = new Barrier(8);
            var created = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    var file = new MasterKeyFile(path);
                    together.SignalAndWait();
                    return (Wrote: file.CreateIfMissing(), Id: LocalMasterKey.IdOf(file.Read()[0]));
                },
                default,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)));
            Assert.Single(created, node => node.Wrote);
            Assert.Single(created.Select(node => node.Id).Distinct());
            Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
        }
    }

    [Fact]
    public async Task Keys_that_are_added_at_once_are_all_kept_or_refused()
    {
        File.CreateIfMissing();
        var first = File.Read()[0];
        var added = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() =>
        {
            try
            {
                return File.Add();
            }
            catch (MasterKeyException)
            {
                return null;
            }
        })));
        Assert.Equal(
            added.OfType<string>().Append(LocalMasterKey.IdOf(first)).Order(),
            File.Read().Select(key => LocalMasterKey.IdOf(key)).Order());
        Assert.Contains(added, id => id is not null);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    public void A_file_that_others_can_use_is_refused(UnixFileMode extra)
    {
        File.CreateIfMissing();
        System.IO.File.SetUnixFileMode(File.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | extra);
        Assert.Contains("600", Assert.Throws<MasterKeyException>(File.Read).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# only a comment\n")]
    [InlineData("drmhub-master-v1 AAAA\n")]
    [InlineData("drmhub-master-v1 not base64\n")]
    [InlineData("drmhub-master-v2 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")]
    public void A_file_of_another_form_is_refused_without_repeating_it(string text)
    {
        File.CreateIfMissing();
        System.IO.File.WriteAllText(File.Path, text);
        var refusal = Assert.Throws<MasterKeyException>(() => LocalMasterKey.FromFile(File));
        Assert.DoesNotContain("AAAA", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_was_added_elsewhere_wraps_next_and_old_wraps_stay_open()
    {
        File.CreateIfMissing();
        using var node = LocalMasterKey.FromFile(File);
        using var other = LocalMasterKey.FromFile(File);
        var old = await node.WrapAsync(Plain, default);
        var id = File.Add();
        var current = await other.WrapAsync(Plain, default);
        Assert.Equal(id, current.MasterKeyId);
        Assert.Equal(Plain, await node.UnwrapAsync(current, default));
        Assert.Equal(Plain, await node.UnwrapAsync(old, default));

        File.Keep(new HashSet<string> { id });
        using var fresh = LocalMasterKey.FromFile(File);
        await Assert.ThrowsAsync<MasterKeyException>(async () => await fresh.UnwrapAsync(old, default));
        Assert.Equal(Plain, await fresh.UnwrapAsync(current, default));
        Assert.Throws<MasterKeyException>(() => File.Keep(new HashSet<string> { "local:none" }));
    }

    [Fact]
    public async Task Every_changed_byte_of_a_wrap_is_found()
    {
        File.CreateIfMissing();
        using var key = LocalMasterKey.FromFile(File);
        var wrapped = await key.WrapAsync(Plain, default);
        for (var i = 0; i < wrapped.Bytes.Length; i++)
        {
            var changed = (byte[])wrapped.Bytes.Clone();
            changed[i] ^= 1;
            await Assert.ThrowsAsync<MasterKeyException>(async () => await key.UnwrapAsync(wrapped with { Bytes = changed }, default));
        }

        for (var length = 0; length <= 28; length++)
            await Assert.ThrowsAsync<MasterKeyException>(async () => await key.UnwrapAsync(wrapped with { Bytes = wrapped.Bytes[..length] }, default));
    }

    [Fact]
    public void Production_refuses_a_local_file_unless_it_is_allowed_by_name()
    {
        Assert.Throws<MasterKeyException>(() => MasterKeyFactory.Open(new MasterKeyOptions(), _directory, isProduction: true));
        Assert.Empty(Directory.GetFiles(_directory));
        using var allowed = (LocalMasterKey)MasterKeyFactory.Open(new MasterKeyOptions { AllowFileInProduction = true }, _directory, isProduction: true);
        using var development = (LocalMasterKey)MasterKeyFactory.Open(new MasterKeyOptions(), _directory, isProduction: false);
    }

    [Fact]
    public async Task The_environment_holds_keys_newest_first_and_a_file_may_go_on_unwrapping()
    {
        const string Variable = "DRMHUB_TEST_MASTER_KEY";
        var options = new MasterKeyOptions { Source = MasterKeySource.Environment, Variable = Variable, Previous = [MasterKeySource.File] };
        File.CreateIfMissing();
        using var file = LocalMasterKey.FromFile(new MasterKeyFile(File.Path));
        var old = await file.WrapAsync(Plain, default);
        byte[][] keys = [RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32)];
        try
        {
            Environment.SetEnvironmentVariable(Variable, $"{Convert.ToBase64String(keys[0])}, {Convert.ToBase64String(keys[1])}");
            var ring = MasterKeyFactory.Open(new MasterKeyOptions { Source = options.Source, Variable = Variable, Previous = options.Previous, File = File.Path }, _directory, isProduction: true);
            var wrapped = await ring.WrapAsync(Plain, default);
            Assert.Equal(LocalMasterKey.IdOf(keys[0]), wrapped.MasterKeyId);
            Assert.Equal(Plain, await ring.UnwrapAsync(wrapped, default));
            Assert.Equal(Plain, await ring.UnwrapAsync(old, default));

            Environment.SetEnvironmentVariable(Variable, "short");
            Assert.DoesNotContain("short", Assert.Throws<MasterKeyException>(() => MasterKeyFactory.Open(options, _directory, isProduction: true)).Message, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, null);
        }
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
