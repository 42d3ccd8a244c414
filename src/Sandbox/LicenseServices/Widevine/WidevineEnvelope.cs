using System.Security.Cryptography;
using System.Text.Json;

namespace DrmHub.Sandbox.LicenseServices.Widevine;

/// <summary>The outer form of a request: the message as base64, its signature, and who signed.</summary>
internal sealed record WidevineEnvelope
{
    public byte[]? Request { get; init; }

    public byte[]? Signature { get; init; }

    public string? Signer { get; init; }

    /// <summary>AES-256-CBC over the padded SHA-1 of the message: 32 bytes.</summary>
    public static byte[] Sign(SandboxOptions options, ReadOnlySpan<byte> message)
    {
        using var aes = Aes.Create();
        aes.SetKey(options.WidevineSigningKey);
        return aes.EncryptCbc(SHA1.HashData(message), options.WidevineSigningIv);
    }

    /// <returns>The message, once its signature was checked.</returns>
    /// <exception cref="WidevineStatusException">Not an envelope, a wrong signer or signature, or a message with members that do not exist.</exception>
    public static WidevineMessage Open(ReadOnlyMemory<byte> body, string provider, SandboxOptions options)
    {
        var envelope = Read<WidevineEnvelope>(body, "request");
        if (envelope is not { Request: { } bytes, Signature: { } signature, Signer: { } signer })
            throw new WidevineStatusException(WidevineStatus.MalformedRequest, "The request has request, signature and signer.");
        if (provider != options.WidevineProvider) throw new WidevineStatusException(WidevineStatus.UnknownProvider, "The provider of the path is unknown; its letter case matters.");
        if (signer != options.WidevineProvider || !CryptographicOperations.FixedTimeEquals(Sign(options, bytes), signature))
            throw new WidevineStatusException(WidevineStatus.SignatureFailed, "The signature does not fit the message and the signer.");
        var message = Read<WidevineMessage>(bytes, "message");
        return message.Provider is null || message.Provider == provider
            ? message
            : throw new WidevineStatusException(WidevineStatus.UnknownProvider, "The provider of the message is not that of the path.");
    }

    private static T Read<T>(ReadOnlyMemory<byte> bytes, string what)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(bytes.Span, WidevineMessage.Json) ?? throw new JsonException();
        }
        catch (JsonException exception)
        {
            // The parser's sentences may quote the value; the path alone says where it is.
            throw new WidevineStatusException(WidevineStatus.MalformedRequest, $"The {what} is not of the right form at {exception.Path ?? "$"}.");
        }
    }
}
