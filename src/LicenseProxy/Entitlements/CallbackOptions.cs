using DrmHub.LicenseProxy.Tokens;

namespace DrmHub.LicenseProxy.Entitlements;

/// <summary>What holds while the operator's service is away, or answers what it should not.</summary>
public enum CallbackFailure
{
    /// <summary>Nothing is granted: <c>upstream.unavailable</c>, which a player may try again.</summary>
    Deny,

    /// <summary>The token's claims and the hub's own store decide.</summary>
    TokenAndStore,

    /// <summary>Its last answer counts for <see cref="CallbackOptions.Grace"/>; where there is none, nothing is granted.</summary>
    LastAnswer,
}

/// <summary>The operator's own service, asked who holds what. Configuration section <c>Entitlements</c>.</summary>
public sealed record CallbackOptions
{
    /// <summary>Where it is asked, by POST; https (http on loopback). Null means that nobody is asked. Default null.</summary>
    public Uri? Url { get; init; }

    /// <summary>The shared secret of HMAC-SHA-256, 32 bytes or more; this or <see cref="SigningSeed"/>.</summary>
    public byte[]? Secret { get; init; }

    /// <summary>The 32-byte seed of an Ed25519 key that signs instead.</summary>
    public byte[]? SigningSeed { get; init; }

    /// <summary>Names the key to the service. Default <c>drmhub</c>.</summary>
    public string KeyName { get; init; } = "drmhub";

    /// <summary>Longest wait for an answer. 50 ms to 10 s, default 1 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest time for which an answer is used again; the service may say less. 0 to 1 h, default 30 s.</summary>
    public TimeSpan Cache { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Answers that are kept. 0 to 10,000,000, default 100,000.</summary>
    public int CacheSize { get; init; } = 100_000;

    /// <summary>Default <see cref="CallbackFailure.Deny"/>.</summary>
    public CallbackFailure WhenDown { get; init; } = CallbackFailure.Deny;

    /// <summary>For <see cref="CallbackFailure.LastAnswer"/>: how old the answer may be. Up to 24 h, default 15 min.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Whether the hub's own store counts beside the service. Default true.</summary>
    public bool WithStore { get; init; } = true;

    /// <summary>Calls at once; one more counts as a service that is away. 1 to 10,000, default 256.</summary>
    public int MaxConcurrent { get; init; } = 256;

    /// <returns>What is wrong; empty if nothing is.</returns>
    public IReadOnlyList<string> Check()
    {
        var errors = new List<string>();
        if (Url is null) return errors;
        if (!Url.IsAbsoluteUri || !TokenKeyOptions.IsSafe(Url)) errors.Add("Entitlements: Url is https (http on loopback).");
        if ((Secret is null) == (SigningSeed is null)) errors.Add("Entitlements: a secret, or a signing key.");
        if (Secret is { Length: < 32 }) errors.Add("Entitlements: the secret has 32 bytes or more.");
        if (SigningSeed is not (null or { Length: 32 })) errors.Add("Entitlements: the signing key is a seed of 32 bytes.");
        if (KeyName.Length is 0 or > 64 || !KeyName.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.')) errors.Add("Entitlements: KeyName is 1 to 64 letters, digits, '-', '_' or '.'.");
        if (Timeout < TimeSpan.FromMilliseconds(50) || Timeout > TimeSpan.FromSeconds(10)) errors.Add("Entitlements: Timeout is 50 ms to 10 s.");
        if (Cache < TimeSpan.Zero || Cache > TimeSpan.FromHours(1)) errors.Add("Entitlements: Cache is 0 to 1 h.");
        if (CacheSize is < 0 or > 10_000_000) errors.Add("Entitlements: CacheSize is 0 to 10,000,000.");
        if (Grace < TimeSpan.Zero || Grace > TimeSpan.FromHours(24)) errors.Add("Entitlements: Grace is 0 to 24 h.");
        if (MaxConcurrent is < 1 or > 10_000) errors.Add("Entitlements: MaxConcurrent is 1 to 10,000.");
        return errors;
    }
}
