using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;

namespace DrmHub.Vault.Keys.MasterKeys;

/// <summary>
/// An RSA key in Azure Key Vault or a Managed HSM, which it never leaves. Key Vault REST, api-version 7.4: <c>wrapkey</c> and
/// <c>unwrapkey</c> with RSA-OAEP-256. The version that wrapped is kept with what it wrapped, so the key may be rotated at any time.
/// </summary>
public sealed class AzureMasterKey : IMasterKey
{
    private const string ApiVersion = "7.4";
    private const int MaxAnswer = 64 * 1024;

    private readonly AzureKeyName _key;
    private readonly HttpPipeline _pipeline;
    private readonly TimeSpan _deadline;

    public AzureMasterKey(AzureKeyVaultOptions options)
        : this(options, AzureCredential.Create(options), transport: null)
    {
    }

    /// <param name="options">Checked before.</param>
    /// <param name="credential">Asked for tokens of the scope that the vault names.</param>
    /// <param name="transport">Where the bytes go; null is the network.</param>
    internal AzureMasterKey(AzureKeyVaultOptions options, TokenCredential credential, HttpPipelineTransport? transport, TimeSpan? retryDelay = null)
    {
        if (!AzureKeyName.TryParse(options.Key, out var key)) throw new MasterKeyException("Vault:MasterKey:Azure:Key is not the identifier of a key.");
        _key = key;
        _deadline = options.Deadline;
        var client = new PipelineOptions();
        client.Retry.Mode = RetryMode.Exponential;
        client.Retry.MaxRetries = 3;
        client.Retry.Delay = retryDelay ?? TimeSpan.FromMilliseconds(500);
        client.Retry.MaxDelay = TimeSpan.FromSeconds(4);
        client.Retry.NetworkTimeout = options.AttemptTimeout;

        // Bodies hold data keys.
        client.Diagnostics.IsLoggingContentEnabled = false;
        client.Diagnostics.IsTelemetryEnabled = false;
        if (transport is not null) client.Transport = transport;
        _pipeline = HttpPipelineBuilder.Build(client, new AzureChallengePolicy(credential));
    }

    /// <summary>The pinned version, or the newest that the vault has.</summary>
    public async ValueTask<string> GetCurrentIdAsync(CancellationToken cancellationToken)
    {
        if (_key.Version is not null) return _key.Prefix + _key.Version;
        return await SendAsync(RequestMethod.Get, _key.Prefix.TrimEnd('/'), null, ReadKeyBundle, cancellationToken).ConfigureAwait(false);
    }

    public bool Owns(string masterKeyId)
    {
        ArgumentNullException.ThrowIfNull(masterKeyId);
        return masterKeyId.StartsWith(_key.Prefix, StringComparison.OrdinalIgnoreCase);
    }

    public async ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> plain, CancellationToken cancellationToken)
    {
        var id = (_key.Prefix + _key.Version).TrimEnd('/');
        var (kid, value) = await SendAsync(RequestMethod.Post, id + "/wrapkey", plain, ReadOperation, cancellationToken).ConfigureAwait(false);
        if (!Owns(kid)) throw new MasterKeyException("The vault answered for another key than was asked.");
        return new WrappedKey(kid, value);
    }

    public async ValueTask<byte[]> UnwrapAsync(WrappedKey wrapped, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(wrapped);
        // The id comes from the database: whoever can change it must not send this server's tokens to another vault.
        if (!Owns(wrapped.MasterKeyId) || !Uri.TryCreate(wrapped.MasterKeyId, UriKind.Absolute, out var uri) || !AzureKeyName.TryParse(uri, out var key)
            || !string.Equals(wrapped.MasterKeyId, _key.Prefix + key.Version, StringComparison.OrdinalIgnoreCase) || key.Version is null)
            throw new MasterKeyException($"Master key {wrapped.MasterKeyId} is not a version of the configured key.");
        var (_, value) = await SendAsync(RequestMethod.Post, _key.Prefix + key.Version + "/unwrapkey", wrapped.Bytes, ReadOperation, cancellationToken).ConfigureAwait(false);
        return value;
    }

    private async Task<T> SendAsync<T>(RequestMethod method, string url, ReadOnlyMemory<byte>? value, Func<ReadOnlyMemory<byte>, T> read, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(_deadline);
        byte[]? body = null;
        try
        {
            using var message = _pipeline.CreateMessage();
            message.Request.Method = method;
            message.Request.Uri.Reset(new Uri(url));
            message.Request.Uri.AppendQuery("api-version", ApiVersion);
            message.Request.Headers.Add(HttpHeader.Common.JsonAccept);
            if (value is { } bytes)
            {
                body = WriteBody(bytes.Span);
                message.Request.Headers.Add(HttpHeader.Common.JsonContentType);
                message.Request.Content = RequestContent.Create(body);
            }

            await _pipeline.SendAsync(message, deadline.Token).ConfigureAwait(false);
            if (message.Response.IsError) throw new RequestFailedException(message.Response);
            var content = message.Response.Content.ToMemory();
            try
            {
                if (content.Length > MaxAnswer) throw new JsonException();
                return read(content);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(MemoryMarshal.AsMemory(content).Span);
            }
        }
        catch (RequestFailedException exception)
        {
            // Its message holds the whole answer; status and code say enough.
            throw new MasterKeyException($"Azure Key Vault refused {_key.Name}: {exception.Status} {exception.ErrorCode}.") { IsTransient = exception.Status is 0 or 408 or 429 or >= 500 };
        }
        catch (AuthenticationFailedException exception)
        {
            throw new MasterKeyException($"No token for Azure Key Vault: {FirstLine(exception.Message)}") { IsTransient = exception.InnerException is RequestFailedException { Status: 0 or 429 or >= 500 } };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new MasterKeyException($"Azure Key Vault did not answer for {_key.Name} in time.") { IsTransient = true };
        }
        catch (AggregateException exception)
        {
            throw new MasterKeyException($"Azure Key Vault cannot be reached: {FirstLine(exception.InnerException?.Message ?? exception.Message)}") { IsTransient = true };
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException)
        {
            throw new MasterKeyException("Azure Key Vault answered something else than a key.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(body);
        }
    }

    private static byte[] WriteBody(ReadOnlySpan<byte> value)
    {
        // {"alg":"RSA-OAEP-256","value":"<base64url without padding>"}, with no copy on the way.
        var head = "{\"alg\":\"RSA-OAEP-256\",\"value\":\""u8;
        var tail = "\"}"u8;
        var body = GC.AllocateUninitializedArray<byte>(head.Length + Base64Url.GetEncodedLength(value.Length) + tail.Length, pinned: true);
        head.CopyTo(body);
        var written = Base64Url.EncodeToUtf8(value, body.AsSpan(head.Length));
        tail.CopyTo(body.AsSpan(head.Length + written));
        return body;
    }

    private static string ReadKeyBundle(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("key").GetProperty("kid").GetString() ?? throw new JsonException();
    }

    private static (string Kid, byte[] Value) ReadOperation(ReadOnlyMemory<byte> json)
    {
        var reader = new Utf8JsonReader(json.Span, new JsonReaderOptions { MaxDepth = 8 });
        string? kid = null;
        byte[]? value = null;
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1) continue;
            var isKid = reader.ValueTextEquals("kid"u8);
            var isValue = reader.ValueTextEquals("value"u8);
            reader.Read();
            if (isKid) kid = reader.GetString();
            if (isValue && reader.TokenType == JsonTokenType.String) value = Decode(reader.ValueSpan);
        }

        return (kid ?? throw new JsonException(), value ?? throw new JsonException());
    }

    private static byte[] Decode(ReadOnlySpan<byte> base64Url)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(Base64Url.GetMaxDecodedLength(base64Url.Length), pinned: true);
        if (Base64Url.DecodeFromUtf8(base64Url, bytes, out _, out var written) != OperationStatus.Done) throw new FormatException();
        if (written == bytes.Length) return bytes;
        var exact = GC.AllocateUninitializedArray<byte>(written, pinned: true);
        bytes.AsSpan(0, written).CopyTo(exact);
        CryptographicOperations.ZeroMemory(bytes);
        return exact;
    }

    private static string FirstLine(string text) => text.Split('\n', 2)[0].Trim();

    private sealed class PipelineOptions : ClientOptions;
}
