using System.Net.Sockets;
using DrmHub.LicenseProxy.Systems.FairPlay.Ksm;
using DrmHub.Testing;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Tests.FairPlay;

/// <summary>The two ways in which an operator brings the D-Function.</summary>
public sealed class DerivationTests
{
    private static readonly byte[] R2 = [.. Enumerable.Range(1, 21).Select(i => (byte)i)];
    private static readonly byte[] Ask = [.. Enumerable.Range(50, 16).Select(i => (byte)i)];

    private static byte[] Expected
    {
        get
        {
            var key = new byte[16];
            StandInDFunction.Derive(R2, Ask, key);
            return key;
        }
    }

    [Fact]
    public async Task A_plug_in_assembly_is_loaded_by_path_and_type()
    {
        await using var plugin = PluginDerivation.Load(typeof(StandInDFunction).Assembly.Location, typeof(StandInDFunction).FullName);
        Assert.Equal(Expected, await DeriveAsync(plugin, Ask));
    }

    [Fact]
    public async Task What_a_plug_in_throws_is_not_passed_on()
    {
        await using var plugin = PluginDerivation.Load(typeof(BrokenDFunction).Assembly.Location, typeof(BrokenDFunction).FullName);
        var failure = await Assert.ThrowsAsync<UpstreamException>(() => DeriveAsync(plugin, Ask));
        Assert.Equal(ReasonCodes.UpstreamRefused, failure.Reason);
        Assert.DoesNotContain(Convert.ToHexString(Ask), failure.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Assemblies_that_do_not_fit_are_refused_with_what_is_missing()
    {
        var here = typeof(StandInDFunction).Assembly.Location;
        Assert.Contains("2 types", Assert.Throws<ArgumentException>(() => PluginDerivation.Load(here, null)).Message, StringComparison.Ordinal);
        Assert.Contains("0 types", Assert.Throws<ArgumentException>(() => PluginDerivation.Load(here, "No.Such.Type")).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be loaded", Assert.Throws<ArgumentException>(() => PluginDerivation.Load("/nowhere/x.dll", null)).Message, StringComparison.Ordinal);
        using var folder = new TemporaryFolder();
        var text = Path.Combine(folder.Path, "text.dll");
        File.WriteAllText(text, "no assembly");
        Assert.Throws<ArgumentException>(() => PluginDerivation.Load(text, null));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_process_behind_a_socket_is_asked_with_or_without_the_secret(bool secretIsThere)
    {
        using var folder = new TemporaryFolder();
        await using var process = new DFunctionProcess(Path.Combine(folder.Path, "d.sock"), question =>
        {
            Assert.Equal("FPD1"u8.ToArray(), question[..4]);
            Assert.Equal([0, 21, .. R2, 0, (byte)(secretIsThere ? 0 : 16)], question[4..29]);
            return [0, .. Expected];
        });
        await using var derivation = new SocketDerivation(process.Path, TimeSpan.FromSeconds(10));
        Assert.Equal(Expected, await DeriveAsync(derivation, secretIsThere ? [] : Ask));
        Assert.Equal([Expected, Expected, Expected], await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => DeriveAsync(derivation, secretIsThere ? [] : Ask))));
    }

    [Theory]
    [InlineData("00", ReasonCodes.UpstreamRefused)]
    [InlineData("01", ReasonCodes.UpstreamRefused)]
    [InlineData("0001020304", ReasonCodes.UpstreamRefused)]
    [InlineData("0101020304050607080900010203040506", ReasonCodes.UpstreamRefused)]
    public async Task A_process_that_refuses_or_answers_badly_is_a_failure(string answer, string reason)
    {
        using var folder = new TemporaryFolder();
        await using var process = new DFunctionProcess(Path.Combine(folder.Path, "d.sock"), _ => Convert.FromHexString(answer));
        await using var derivation = new SocketDerivation(process.Path, TimeSpan.FromSeconds(10));
        var failure = await Assert.ThrowsAsync<UpstreamException>(() => DeriveAsync(derivation, Ask));
        Assert.Equal((reason, "d-function"), (failure.Reason, failure.Upstream));
    }

    [Fact]
    public async Task A_process_that_is_not_there_or_does_not_answer_is_told_apart()
    {
        using var folder = new TemporaryFolder();
        await using var away = new SocketDerivation(Path.Combine(folder.Path, "none.sock"), TimeSpan.FromSeconds(10));
        Assert.Equal(ReasonCodes.UpstreamUnavailable, (await Assert.ThrowsAsync<UpstreamException>(() => DeriveAsync(away, Ask))).Reason);
        await using var silent = new DFunctionProcess(Path.Combine(folder.Path, "d.sock"), _ => null);
        await using var waiting = new SocketDerivation(silent.Path, TimeSpan.FromMilliseconds(50));
        Assert.Equal(ReasonCodes.UpstreamTimeout, (await Assert.ThrowsAsync<UpstreamException>(() => DeriveAsync(waiting, Ask))).Reason);
    }

    private static async Task<byte[]> DeriveAsync(IDerivation derivation, byte[] ask)
    {
        var key = new byte[16];
        await derivation.DeriveAsync(R2, ask, key, default);
        return key;
    }

    /// <summary>An operator's process: one question and answer to a connection.</summary>
    private sealed class DFunctionProcess : IAsyncDisposable
    {
        private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _loop;

        /// <param name="answer">Null keeps the connection open without an answer.</param>
        public DFunctionProcess(string path, Func<byte[], byte[]?> answer)
        {
            Path = path;
            _listener.Bind(new UnixDomainSocketEndPoint(path));
            _listener.Listen();
            _loop = ServeAsync(answer);
        }

        public string Path { get; }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            _listener.Dispose();
            await _loop;
            _stop.Dispose();
        }

        private async Task ServeAsync(Func<byte[], byte[]?> answer)
        {
            var kept = new List<Socket>();
            try
            {
                while (true)
                {
                    var connection = await _listener.AcceptAsync(_stop.Token);
                    kept.Add(connection);
                    var question = new byte[256];
                    var length = await connection.ReceiveAsync(question, _stop.Token);
                    if (answer(question[..length]) is not { } bytes) continue;
                    await connection.SendAsync(bytes, _stop.Token);
                    connection.Shutdown(SocketShutdown.Both);
                }
            }
            catch (OperationCanceledException)
            {
            }

            foreach (var connection in kept) connection.Dispose();
        }
    }
}
