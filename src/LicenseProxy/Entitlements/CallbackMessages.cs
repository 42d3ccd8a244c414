using System.Text.Json;
using System.Text.Json.Serialization;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Entitlements;

/// <summary>What the operator's service is asked. Equal questions have equal bytes, so that an answer can be used again.</summary>
internal sealed record CallbackQuestion
{
    public required string Subscriber { get; init; }

    public required string Content { get; init; }

    public string? Country { get; init; }

    public string? Device { get; init; }

    public string? Platform { get; init; }

    public required string System { get; init; }

    public required string Level { get; init; }

    public required string Use { get; init; }

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, CallbackJson.Default.CallbackQuestion);
}

/// <summary>What it answers: what the subscriber holds. It cannot grant past a deal. (Members can be set, because the serialiser forgets the defaults of those that can only be initialised.)</summary>
internal sealed record CallbackAnswer
{
    private const int MaxItems = 256;
    private const int MaxText = 1024;

    /// <summary>The subscriber gets nothing now.</summary>
    public bool Suspended { get; set; }

    /// <summary>Plans that are active now.</summary>
    public IReadOnlyList<string> Plans { get; set; } = [];

    /// <summary>Content ids that were bought.</summary>
    public IReadOnlyList<string> Purchases { get; set; } = [];

    public IReadOnlyList<CallbackRental> Rentals { get; set; } = [];

    public int? MaxStreams { get; set; }

    public int? MaxDevices { get; set; }

    /// <summary>For how many seconds the answer may be used again; the configuration sets the upper end.</summary>
    public long? TtlSeconds { get; set; }

    /// <exception cref="InvalidDataException">The answer does not have this form. Nothing is made of a part of it.</exception>
    public static CallbackAnswer Read(ReadOnlySpan<byte> json)
    {
        CallbackAnswer? answer;
        try
        {
            answer = JsonSerializer.Deserialize(json, CallbackJson.Default.CallbackAnswer);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException("The entitlement service's answer is not of the form that was agreed.", exception);
        }

        if (answer is not { Plans: not null, Purchases: not null, Rentals: not null }
            || answer.Plans.Count > MaxItems || answer.Purchases.Count > MaxItems || answer.Rentals.Count > MaxItems
            || answer.Plans.Concat(answer.Purchases).Any(text => text is not { Length: > 0 and <= MaxText })
            || answer.Rentals.Any(rental => rental is not { Content.Length: > 0 and <= MaxText, FromSeconds: >= 0 and < 253_402_300_800, FirstPlaySeconds: null or (>= 0 and < 253_402_300_800) })
            || answer.MaxStreams is < 1 or > 1000 || answer.MaxDevices is < 1 or > 1000 || answer.TtlSeconds is < 0)
            throw new InvalidDataException("The entitlement service's answer is outside what was agreed.");
        return answer;
    }

    /// <summary>The subscriber as the service and, where given, the hub's own store see it.</summary>
    public Subscriber MergeWith(string id, Subscriber? stored) => (stored ?? new Subscriber { Id = id }) with
    {
        Status = Suspended ? SubscriberStatus.Suspended : stored?.Status ?? SubscriberStatus.Active,
        Subscriptions = [.. stored?.Subscriptions ?? [], .. Plans.Select(plan => new Subscription(plan))],
        Purchases = [.. stored?.Purchases ?? [], .. Purchases.Select(content => new Purchase { Content = content })],
        Rentals =
        [
            .. stored?.Rentals ?? [],
            .. Rentals.Select(rental => new Rental { Content = rental.Content, FromMs = rental.FromSeconds * 1000, FirstPlayMs = rental.FirstPlaySeconds * 1000 }),
        ],
        MaxStreams = MaxStreams ?? stored?.MaxStreams,
        MaxDevices = MaxDevices ?? stored?.MaxDevices,
    };
}

/// <param name="Content">A content id.</param>
/// <param name="FromSeconds">When it was rented, in seconds since 1970.</param>
/// <param name="FirstPlaySeconds">When it was first played; null means not yet.</param>
internal sealed record CallbackRental(string? Content, long FromSeconds, long? FirstPlaySeconds);

[JsonSerializable(typeof(CallbackQuestion))]
[JsonSerializable(typeof(CallbackAnswer))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip, MaxDepth = 8)]
internal sealed partial class CallbackJson : JsonSerializerContext;
