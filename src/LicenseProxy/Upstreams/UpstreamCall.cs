namespace DrmHub.LicenseProxy.Upstreams;

/// <summary>What is asked, in whichever language the upstream of the moment speaks.</summary>
/// <typeparam name="T">What an answer is read as.</typeparam>
public sealed class UpstreamCall<T> : UpstreamCall
    where T : class
{
    /// <summary>Makes the request for one upstream; called again for each that is asked. The body is an <see cref="UpstreamContent"/>.</summary>
    public required Func<UpstreamOptions, HttpRequestMessage> Write { get; init; }

    /// <summary>Reads the answer of that upstream. Must not throw for anything that a service may send.</summary>
    public required Func<UpstreamOptions, UpstreamResponse, UpstreamVerdict<T>> Read { get; init; }

    internal override HttpRequestMessage WriteRequest(UpstreamOptions upstream) => Write(upstream);

    internal override UpstreamAttempt ReadResponse(UpstreamOptions upstream, UpstreamResponse response)
    {
        var verdict = Read(upstream, response);
        return new UpstreamAttempt(verdict.Failure, verdict.Answer, response) { Note = verdict.Note };
    }
}

/// <summary>What is asked, whatever the answer is read as.</summary>
public abstract class UpstreamCall
{
    /// <summary>
    /// Whether asking a second time does no harm. True for a licence, which reaches the player once and the audit log once however often
    /// services were asked; false for what changes something at the service: a release, metering, a domain.
    /// </summary>
    public bool Repeatable { get; init; } = true;

    /// <summary>Leaves upstreams out; null for all.</summary>
    public Func<UpstreamOptions, bool>? Accepts { get; init; }

    /// <summary>
    /// The upstream to ask first, whatever its priority: the one that answered the first question of an exchange where others failed, so that its second question
    /// does not wait for them again. Null for none.
    /// </summary>
    public string? First { get; init; }

    /// <summary>
    /// Reads statuses other than 200 in <see cref="ReadResponse"/> too: for protocols that answer in the body of an error, such as SOAP faults.
    /// </summary>
    public bool ReadsErrors { get; init; }

    internal abstract HttpRequestMessage WriteRequest(UpstreamOptions upstream);

    internal abstract UpstreamAttempt ReadResponse(UpstreamOptions upstream, UpstreamResponse response);
}

/// <summary>An answer, read to its end.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="ContentType">As it came; null where absent.</param>
public sealed record UpstreamResponse(int Status, string? ContentType, ReadOnlyMemory<byte> Body, System.Net.Http.Headers.HttpResponseHeaders Headers);

/// <summary>What an answer turned out to be.</summary>
/// <param name="Answer">Null unless <paramref name="Failure"/> is None; may be there for Refused, where the refusal has a body.</param>
/// <param name="Note">The service's own word for it (a status, a code): short, public, kept in the audit log.</param>
public readonly record struct UpstreamVerdict<T>(UpstreamFailure Failure, T? Answer, string? Note)
    where T : class;

/// <summary>Makes verdicts.</summary>
public static class UpstreamVerdict
{
    public static UpstreamVerdict<T> Granted<T>(T answer)
        where T : class => new(UpstreamFailure.None, answer, null);

    public static UpstreamVerdict<T> Refused<T>(string? note, T? answer = null)
        where T : class => new(UpstreamFailure.Refused, answer, note);

    public static UpstreamVerdict<T> Failed<T>(UpstreamFailure failure, string? note = null)
        where T : class => new(failure, null, note);
}

/// <summary>How asking one upstream ended.</summary>
internal sealed record UpstreamAttempt(UpstreamFailure Failure, object? Answer, UpstreamResponse? Response)
{
    public string? Note { get; init; }

    public static UpstreamAttempt Failed(UpstreamFailure failure, string? note = null) => new(failure, null, null) { Note = note };
}

/// <summary>What came of a call.</summary>
/// <param name="Upstream">Who answered.</param>
/// <param name="Attempts">How many were asked.</param>
public readonly record struct UpstreamReply<T>(T Answer, UpstreamOptions Upstream, int Attempts);
