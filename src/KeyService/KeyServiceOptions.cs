using DrmHub.KeyService.Packagers;
using DrmHub.KeyService.WidevineKeys;

namespace DrmHub.KeyService;

/// <summary>Who may ask for keys. Built once at start from the configuration, then immutable.</summary>
public sealed class KeyServiceOptions
{
    /// <summary>Signing credentials of the Widevine packager API.</summary>
    public IReadOnlyList<WidevineSigner> Signers { get; set; } = [];

    /// <summary>Names that the Widevine packager API takes as <c>policy</c>; any other is POLICY_UNKNOWN. No policy is always taken.</summary>
    public IReadOnlyList<string> WidevinePolicies { get; set; } = [];

    /// <summary>Development only: unsigned key requests from this machine are answered.</summary>
    public bool AllowUnsignedFromLoopback { get; set; }

    /// <summary>What HTTP Digest offers packagers. Empty (default): Digest is off.</summary>
    public IReadOnlyList<DigestAlgorithm> DigestAlgorithms { get; set; } = [];

    /// <summary>The region in the scope of AWS signatures. Default <c>us-east-1</c>.</summary>
    public string AwsRegion { get; set; } = "us-east-1";

    /// <summary>The service in the scope of AWS signatures. Default <c>execute-api</c>.</summary>
    public string AwsService { get; set; } = "execute-api";

    /// <summary>How far the date of an AWS signature may be from now, either way: 1 to 15 minutes. Default 5.</summary>
    public TimeSpan AwsClockSkew
    {
        get;
        set => field = value >= TimeSpan.FromMinutes(1) && value <= TimeSpan.FromMinutes(15) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The clock skew of AWS signatures is 1 to 15 minutes.");
    } = TimeSpan.FromMinutes(5);

    /// <summary>Where players reach the hub, for key URIs in HLS. Null takes the address that the packager used.</summary>
    public string? PublicUrl { get; set; }

    /// <summary>LA_URL in PlayReady headers. Null leaves it out, so that the player's application decides.</summary>
    public string? PlayReadyLicenseUrl { get; set; }
}
