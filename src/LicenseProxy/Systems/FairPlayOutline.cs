using System.Text;
using DrmHub.LicenseProxy.Systems.FairPlay.Http;
using DrmHub.LicenseProxy.Systems.FairPlay.Wire;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Systems;

/// <summary>What a FairPlay challenge (SPC) says in the open, for people: its version, and for which certificate it was made. Everything else is encrypted for the owner of that certificate.</summary>
public sealed record FairPlayOutline
{
    /// <summary>1, 2 or 3.</summary>
    public required int Version { get; init; }

    /// <summary>SHA-1 (20 bytes) of the certificate in the versions 1 and 2, SHA-256 (32 bytes) in version 3.</summary>
    public required ReadOnlyMemory<byte> CertificateHash { get; init; }

    /// <summary>Bytes of the session key, encrypted under the certificate's key.</summary>
    public required int WrappedKeyBytes { get; init; }

    /// <summary>Bytes that only the key security module reads: device, level, asset id, and what is asked for.</summary>
    public required int PayloadBytes { get; init; }

    /// <summary>Version 3: a code over the whole.</summary>
    public required bool IsAuthenticated { get; init; }

    /// <summary>What the request says of the asset beside the SPC.</summary>
    public string? AssetUri { get; init; }

    /// <param name="bytes">An SPC.</param>
    /// <returns>Null where the bytes do not begin like one.</returns>
    /// <exception cref="ChallengeException">They begin like one and cannot be read.</exception>
    public static FairPlayOutline? TryRead(ReadOnlyMemory<byte> bytes) => bytes.Span is [0, 0, 0, >= 1 and <= 3, 0, 0, 0, 0, ..] ? Read(bytes, null) : null;

    /// <param name="body">The body of a licence request: a form with <c>spc=</c>, or JSON.</param>
    /// <returns>Null where it has no such form.</returns>
    /// <exception cref="ChallengeException">It has, and cannot be read.</exception>
    public static IReadOnlyList<FairPlayOutline>? TryReadRequest(string body)
    {
        ArgumentNullException.ThrowIfNull(body);
        var bytes = Encoding.UTF8.GetBytes(body);
        var isForm = bytes.AsSpan().StartsWith("spc="u8) || bytes.AsSpan().IndexOf("&spc="u8) > 0;
        if (!isForm && !(bytes is [(byte)'{', ..] && bytes.AsSpan().IndexOf("\"spc\""u8) > 0)) return null;
        try
        {
            return [.. FairPlayReader.Read(isForm ? null : "application/json", bytes).Items.Select(item => Read(item.Spc, item.AssetUri))];
        }
        catch (FairPlayException exception)
        {
            throw new ChallengeException(ReasonCodes.ChallengeMalformed, exception.Message);
        }
    }

    private static FairPlayOutline Read(ReadOnlyMemory<byte> bytes, string? asset)
    {
        try
        {
            var spc = SpcContainer.Parse(bytes);
            return new FairPlayOutline
            {
                Version = spc.Version,
                CertificateHash = spc.CertificateHash,
                WrappedKeyBytes = spc.WrappedKey.Length,
                PayloadBytes = spc.Payload.Length,
                IsAuthenticated = !spc.Mac.IsEmpty,
                AssetUri = asset,
            };
        }
        catch (FairPlayException exception)
        {
            throw new ChallengeException(ReasonCodes.ChallengeMalformed, exception.Message);
        }
    }
}
