using System.Text.Json;
using System.Text.Json.Serialization;

namespace DrmHub.Sandbox.Wire;

/// <summary>
/// What stands in a <c>License</c> element of the sandbox, as JSON beside the service's signature over it: PlayReady's own licence format is
/// not public. The rules are those of the public test server's syntax.
/// </summary>
internal sealed record PlayReadyLicense
{
    public static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        MaxDepth = 8,
    };

    /// <summary>Big-endian hex.</summary>
    public required string KeyId { get; init; }

    public required byte[] Ephemeral { get; init; }

    public required byte[] SealedKey { get; init; }

    /// <summary>The nonce of the request that this answers.</summary>
    public required byte[] Nonce { get; init; }

    /// <summary><c>aes128bitctr</c> or <c>aes128bitcbc</c>.</summary>
    public required string ContentKeyType { get; init; }

    public required PlayReadyRules Rules { get; init; }
}

/// <summary>Rules of one licence.</summary>
internal sealed record PlayReadyRules
{
    public int MinimumLevel { get; init; } = 150;

    public bool Play { get; init; } = true;

    public bool Persist { get; init; }

    /// <summary>UTC milliseconds.</summary>
    public long? BeginMs { get; init; }

    /// <summary>UTC milliseconds, exclusive.</summary>
    public long? EndMs { get; init; }

    public long? FirstPlaySeconds { get; init; }

    public bool RealTime { get; init; }

    /// <summary>Uncompressed digital video output protection level: from 270 on HDCP is needed.</summary>
    public int UncompressedVideo { get; init; }

    public bool HdcpType1 { get; init; }

    public int? MaxHeight { get; init; }
}

/// <summary>The <c>License</c> element's bytes.</summary>
/// <param name="Content">The licence as JSON, as it was signed.</param>
/// <param name="Signature">ECDSA over SHA-256.</param>
internal sealed record SignedPlayReadyLicense(byte[] Content, byte[] Signature);
