using DrmHub.Vault.Rights;

namespace DrmHub.Music.Ddex;

/// <summary>How deals of messages become deals of this hub. Configuration section <c>Music:Ddex</c>.</summary>
public sealed class DdexOptions
{
    private static readonly IReadOnlyList<AudioQuality> s_free = [AudioQuality.Low];

    private static readonly IReadOnlyDictionary<string, IReadOnlyList<AudioQuality>> s_plans = new Dictionary<string, IReadOnlyList<AudioQuality>>
    {
        ["premium"] = [AudioQuality.Low, AudioQuality.High],
        ["lossless"] = [AudioQuality.Low, AudioQuality.High, AudioQuality.Lossless],
    };

    /// <summary>The DDEX party id of the operator; deals for other channels than this one are not for this hub.</summary>
    public string? PartyId { get; set; }

    /// <summary>Party ids that may send; empty means whoever brings the role <c>rights.write</c>.</summary>
    public IReadOnlyList<string> Senders { get; set; } = [];

    /// <summary>Whether messages marked as tests are stored like others. Default false: they are checked and answered.</summary>
    public bool AcceptTestMessages { get; set; }

    /// <summary>
    /// Party ids of senders who put streaming deals on albums and mean the tracks. Default none: the standard wants a deal on each track, and a
    /// streaming deal on a release of several recordings grants nothing.
    /// </summary>
    public IReadOnlyList<string> AlbumStreaming { get; set; } = [];

    // The defaults of the next two stand apart: a configuration adds to a list that is there, and could take nothing away.

    /// <summary>Plans that a SubscriptionModel means, each with the qualities that it reaches. Empty: <c>premium</c> with low and high, <c>lossless</c> with all.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<AudioQuality>> SubscriptionPlans { get; set; } = new Dictionary<string, IReadOnlyList<AudioQuality>>();

    /// <summary>Qualities that AdvertisementSupportedModel and FreeOfChargeModel reach. Empty: low.</summary>
    public IReadOnlyList<AudioQuality> FreeQualities { get; set; } = [];

    internal IReadOnlyDictionary<string, IReadOnlyList<AudioQuality>> Plans => SubscriptionPlans.Count > 0 ? SubscriptionPlans : s_plans;

    internal IReadOnlyList<AudioQuality> Free => FreeQualities.Count > 0 ? FreeQualities : s_free;

    /// <summary>
    /// Whether NonInteractiveStream, which is radio and shuffle, opens streaming for free listeners. The hub gives keys and cannot see who chose
    /// the song: the app must keep it. Never for subscriptions. Default true.
    /// </summary>
    public bool NonInteractiveForFree { get; set; } = true;

    /// <summary>Whether Clear Key and HLS AES-128, which are no protection, may carry this music. Default false.</summary>
    public bool ClearKey { get; set; }

    /// <summary>How long an offline licence lasts before the device must be heard of again, in days: 1 to 90, default 30.</summary>
    public int OfflineDays { get; set; } = 30;

    /// <summary>Devices of one account: 1 to 100, default 5.</summary>
    public int MaxDevices { get; set; } = 5;
}
