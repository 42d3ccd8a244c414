using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Upstreams;

/// <summary>Why an upstream gave no licence, by the stage at which it went wrong.</summary>
public enum UpstreamFailure
{
    None,

    // Before anything was sent: another upstream may always be asked.

    /// <summary>The circuit is open after failures; nothing was tried.</summary>
    CircuitOpen,

    /// <summary>As many requests as allowed are under way and waiting.</summary>
    Busy,

    NameNotResolved,

    ConnectFailed,

    ConnectTimeout,

    /// <summary>The TLS handshake failed, or the certificate is not trusted.</summary>
    TlsFailed,

    // After the request left: it may have been worked on.

    FirstByteTimeout,

    /// <summary>Another upstream answered first.</summary>
    Abandoned,

    /// <summary>The connection ended before the answer began, or what came is not HTTP.</summary>
    ConnectionLost,

    // The answer.

    BodyTimeout,

    /// <summary>The answer ended early.</summary>
    BodyBroken,

    BodyTooLarge,

    /// <summary>Status 5xx.</summary>
    ServerError,

    /// <summary>Status 429 or 408.</summary>
    Throttled,

    /// <summary>Status 401 or 407: it does not take our credentials.</summary>
    CredentialsRejected,

    /// <summary>Status 3xx, 404 or 405: the configured address is wrong.</summary>
    WrongAddress,

    /// <summary>Status 200, and no answer of its protocol.</summary>
    AnswerUnreadable,

    // Not the upstream's fault.

    /// <summary>The service looked at this challenge or device and said no.</summary>
    Refused,

    /// <summary>The player went away.</summary>
    ClientGone,
}

/// <summary>Whose fault it is.</summary>
public enum UpstreamCulprit
{
    None,
    Upstream,
    Client,
}

/// <summary>What follows from each failure; the one place that says so.</summary>
public static class UpstreamFailures
{
    public static UpstreamCulprit Culprit(this UpstreamFailure failure) => failure switch
    {
        UpstreamFailure.None => UpstreamCulprit.None,
        UpstreamFailure.Refused or UpstreamFailure.ClientGone => UpstreamCulprit.Client,
        _ => UpstreamCulprit.Upstream,
    };

    public static string Reason(this UpstreamFailure failure) => failure switch
    {
        UpstreamFailure.ConnectTimeout or UpstreamFailure.FirstByteTimeout or UpstreamFailure.BodyTimeout or UpstreamFailure.Abandoned => ReasonCodes.UpstreamTimeout,
        UpstreamFailure.Refused or UpstreamFailure.CredentialsRejected => ReasonCodes.UpstreamRefused,
        _ => ReasonCodes.UpstreamUnavailable,
    };

    /// <summary>A sentence for the player; it names no service.</summary>
    public static string Sentence(this UpstreamFailure failure) => failure switch
    {
        UpstreamFailure.ConnectTimeout or UpstreamFailure.FirstByteTimeout or UpstreamFailure.BodyTimeout or UpstreamFailure.Abandoned => "The licence service did not answer in time.",
        UpstreamFailure.Refused => "The licence service refused this device or challenge.",
        UpstreamFailure.CredentialsRejected => "The licence service does not take the hub's credentials.",
        _ => "No licence service is available at the moment.",
    };

    /// <summary>Lower case with underscores, for logs, metrics and the audit log.</summary>
    public static string Name(this UpstreamFailure failure) => failure switch
    {
        UpstreamFailure.None => "ok",
        UpstreamFailure.CircuitOpen => "circuit_open",
        UpstreamFailure.Busy => "busy",
        UpstreamFailure.NameNotResolved => "name_not_resolved",
        UpstreamFailure.ConnectFailed => "connect_failed",
        UpstreamFailure.ConnectTimeout => "connect_timeout",
        UpstreamFailure.TlsFailed => "tls_failed",
        UpstreamFailure.FirstByteTimeout => "first_byte_timeout",
        UpstreamFailure.Abandoned => "abandoned",
        UpstreamFailure.ConnectionLost => "connection_lost",
        UpstreamFailure.BodyTimeout => "body_timeout",
        UpstreamFailure.BodyBroken => "body_broken",
        UpstreamFailure.BodyTooLarge => "body_too_large",
        UpstreamFailure.ServerError => "server_error",
        UpstreamFailure.Throttled => "throttled",
        UpstreamFailure.CredentialsRejected => "credentials_rejected",
        UpstreamFailure.WrongAddress => "wrong_address",
        UpstreamFailure.AnswerUnreadable => "answer_unreadable",
        UpstreamFailure.Refused => "refused",
        _ => "client_gone",
    };

    /// <summary>Whether the circuit breaker counts it. What our own limit turned away says nothing about the service.</summary>
    internal static bool CountsAgainstHealth(this UpstreamFailure failure) =>
        failure is not (UpstreamFailure.Busy or UpstreamFailure.CircuitOpen) && failure.Culprit() == UpstreamCulprit.Upstream;

    /// <summary>Whether the next upstream may be asked: always while nothing was sent, afterwards only where asking twice does no harm.</summary>
    internal static bool MayAskAnother(this UpstreamFailure failure, bool repeatable) => failure switch
    {
        UpstreamFailure.Refused or UpstreamFailure.ClientGone or UpstreamFailure.None => false,
        < UpstreamFailure.FirstByteTimeout => true,
        _ => repeatable,
    };
}
