namespace DrmHub.KeyService.Packagers;

/// <summary>Why a packager gets nothing.</summary>
internal sealed record PackagerRefusal(int Status, string Code, string Detail)
{
    /// <summary>What the audit log says, where that is more than the caller may know; else <see cref="Code"/>.</summary>
    public string AuditCode { get => field ?? Code; init; }

    /// <summary>The packager, where it is known for sure.</summary>
    public string? Packager { get; init; }

    public string? ContentId { get; init; }

    /// <summary>Values of <c>WWW-Authenticate</c>, for 401.</summary>
    public IReadOnlyList<string> Challenges { get; init; } = [];

    /// <summary>Seconds, for 429.</summary>
    public int? RetryAfter { get; init; }
}

/// <summary>Carries a refusal to where the route answers. Never an error of ours.</summary>
internal sealed class PackagerRefusedException(PackagerRefusal refusal) : Exception(refusal.Detail)
{
    public PackagerRefusal Refusal { get; } = refusal;
}

/// <summary>The stable codes of packagers' refusals, beside those of tokens.</summary>
internal static class PackagerCodes
{
    /// <summary>401: no credential that is known here; also a wrong secret and a revoked packager, so that nobody can try names out.</summary>
    public const string Invalid = "credential.invalid";

    /// <summary>401: more than one credential in a request.</summary>
    public const string Ambiguous = "credential.ambiguous";

    /// <summary>401: a password that came without TLS.</summary>
    public const string Insecure = "credential.insecure";

    /// <summary>401: a signature that was used before.</summary>
    public const string Replayed = "credential.replayed";

    /// <summary>Audit only: the credential was right, and its packager is revoked.</summary>
    public const string Revoked = "packager.revoked";

    public const string Content = "packager.content";
    public const string System = "packager.system";
    public const string PlainKeys = "packager.plain_keys";

    /// <summary>403: a certificate other than the one that is registered with the packager.</summary>
    public const string Certificate = "packager.certificate";
    public const string RoleMissing = "role.missing";
}
