using DrmHub.Cenc;
using DrmHub.Vault.Keys;

namespace DrmHub.Vault.Rights;

/// <summary>Explains what would be decided, by the function that decides. Grants nothing and writes nothing.</summary>
public sealed class RightsAdvisor(RightsStore store, KeyStore keys, TimeProvider time)
{
    /// <returns>The decision with its trace.</returns>
    /// <exception cref="RightsInvalidException">The question or its draft is not valid.</exception>
    public async Task<Decision> DecideAsync(RightsQuestion question, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(question);
        Check(question);
        var rights = await store.GetSnapshotAsync(cancellationToken).ConfigureAwait(false);
        var subscriber = question.As ?? (question.Subscriber is { } id ? question.Draft?.Subscribers.FirstOrDefault(one => one.Id == id) ?? await store.FindSubscriberAsync(id, cancellationToken).ConfigureAwait(false) : null);
        var request = new DecisionRequest
        {
            ContentId = question.Content,
            Keys = await KeysAsync(question, cancellationToken).ConfigureAwait(false),
            Level = question.Level,
            NowMs = question.AtMs ?? time.GetUtcNow().ToUnixTimeMilliseconds(),
            Use = question.Use,
            Country = question.Country,
            Platform = question.Platform,
            DeviceId = question.Device,
            SystemId = question.SystemId,
            CertificateSerial = question.CertificateSerial,
            AppId = question.AppId,
            TokenPlans = question.TokenPlans,
            TokenMaxTrack = question.TokenMaxTrack,
            WithTrace = true,
        };
        return Entitlement.Decide(request, question.Draft?.ApplyTo(rights) ?? rights, subscriber, question.Draft?.Policy ?? store.Options.Policy);
    }

    private static void Check(RightsQuestion question)
    {
        var problems = new RightsProblems();
        if (!KeyStore.IsValidContentId(question.Content)) problems.Add("$.content", RightsProblem.Malformed, "It is no content id.");
        if (question.Country is { } country && CountrySet.IndexOf(country) == CountrySet.Unknown) problems.Add("$.country", RightsProblem.Malformed, "A country is an ISO 3166-1 code of two capital letters.");
        if (question.As is not null && question.Subscriber is not null) problems.Add("$.as", RightsProblem.Conflict, "Either a subscriber of the hub or one who is thought of.");
        if (question.Keys.Count > 64) problems.Add("$.keys", RightsProblem.Range, "At most 64 keys.");
        problems.ThrowIfAny();
        if (question.As is not null) RightsKinds.Subscribers.Check(question.As);
    }

    private async Task<IReadOnlyList<RequestedKey>> KeysAsync(RightsQuestion question, CancellationToken cancellationToken)
    {
        if (question.Keys.Count > 0)
            return [.. question.Keys.Select((key, index) => new RequestedKey(Number(index), key.Track, key.MaxPixels) { Quality = key.Quality, Language = key.Language })];
        var held = await keys.FindInfoByContentAsync(question.Content, cancellationToken).ConfigureAwait(false);
        if (held.Count > 0) return [.. held.Where(key => key.CryptoPeriod is null).DefaultIfEmpty(held[^1]).Select(RequestedKeys.From)];
        return [.. Enum.GetValues<TrackType>().Select((track, index) => new RequestedKey(Number(index), track, track.PixelRange()?.Max))];
    }

    /// <summary>A key that is thought of has its place in the question for an id.</summary>
    private static KeyId Number(int index) => KeyId.Parse((index + 1).ToString("x32", System.Globalization.CultureInfo.InvariantCulture));
}
