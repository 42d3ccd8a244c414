using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Systems.FairPlay.Ksm;

/// <summary>
/// The D-Function in a process of the operator's own, behind a local (Unix domain) socket. Question: <c>FPD1</c>, length of R2 (2), R2,
/// length of the application secret (2, 0 where that process has it), the secret. Answer: 0 and 16 bytes, or one other byte and the end.
/// One question and answer to a connection; big-endian.
/// </summary>
internal sealed class SocketDerivation(string path, TimeSpan timeout) : IDerivation
{
    private const int MaxAtOnce = 64;
    private const int KeySize = 16;

    private readonly SemaphoreSlim _places = new(MaxAtOnce);

    public async ValueTask DeriveAsync(ReadOnlyMemory<byte> r2, ReadOnlyMemory<byte> applicationSecret, Memory<byte> derivedKey, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(timeout);
        var question = Question(r2.Span, applicationSecret.Span);
        var answer = new byte[1 + KeySize];
        try
        {
            await _places.WaitAsync(patience.Token);
            try
            {
                using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), patience.Token);
                await using var stream = new NetworkStream(socket);
                await stream.WriteAsync(question, patience.Token);
                var read = await stream.ReadAtLeastAsync(answer, answer.Length, throwOnEndOfStream: false, patience.Token);
                if (read < answer.Length || answer[0] != 0) throw Failed(ReasonCodes.UpstreamRefused, "The D-Function refused.");
                answer.AsMemory(1).CopyTo(derivedKey);
            }
            finally
            {
                _places.Release();
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed(ReasonCodes.UpstreamTimeout, "The D-Function did not answer in time.");
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            throw Failed(ReasonCodes.UpstreamUnavailable, "The D-Function cannot be reached.", exception);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(question);
            CryptographicOperations.ZeroMemory(answer);
        }
    }

    public ValueTask DisposeAsync()
    {
        _places.Dispose();
        return ValueTask.CompletedTask;
    }

    private static byte[] Question(ReadOnlySpan<byte> r2, ReadOnlySpan<byte> secret)
    {
        var question = new byte[4 + 2 + r2.Length + 2 + secret.Length];
        "FPD1"u8.CopyTo(question);
        BinaryPrimitives.WriteUInt16BigEndian(question.AsSpan(4), checked((ushort)r2.Length));
        r2.CopyTo(question.AsSpan(6));
        BinaryPrimitives.WriteUInt16BigEndian(question.AsSpan(6 + r2.Length), checked((ushort)secret.Length));
        secret.CopyTo(question.AsSpan(8 + r2.Length));
        return question;
    }

    private static UpstreamException Failed(string reason, string message, Exception? inner = null) => new(reason, message, inner) { Upstream = "d-function" };
}
