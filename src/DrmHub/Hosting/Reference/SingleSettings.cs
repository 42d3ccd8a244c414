namespace DrmHub.Host.Hosting.Reference;

/// <summary>Settings that are read one by one.</summary>
internal static class SingleSettings
{
    public static IReadOnlyList<(string Group, string Name, string? Default, string Text)> All { get; } =
    [
        ("The hub", "ASPNETCORE_ENVIRONMENT", null, "`Development` or `Production`; `--environment=` says the same. Default: Development on loopback addresses, Production on any other."),
        ("The hub", "Roles", "keys,licenses,music", "Which doors this node opens."),
        ("The hub", "Node", null, "This node's name in the log and in telemetry. Default: the machine's name."),
        ("The hub", "PublicUrl", null, "The address that players and packagers see. Default: the one that the packager used."),
        ("The hub", "Storage:PostgreSql", null, "Npgsql connection string, a secret. Default: SQLite in the data directory."),
        ("The hub", "Shutdown:DrainSeconds", "5", "How long a node that was told to stop still takes requests, says so at `/health/ready`, and closes each connection with its answer. 0 to 300, in Development 0."),
        ("The hub", "Logging:Level", "Information", "`Verbose`, `Debug`, `Information`, `Warning` or `Error`."),
        ("The hub", "Logging:Format", "text", "`text`, or `json` for one object a line with the trace id."),
        ("Tokens of players and operators", "Tokens:Issuer", "drmhub", "`iss` of players' tokens; the address of the provider where `Tokens:Discovery` is on."),
        ("Tokens of players and operators", "Tokens:Audience", "drmhub-player", "`aud` of players' tokens."),
        ("Tokens of players and operators", "Tokens:Discovery", "false", "Read the issuer's keys by OpenID Connect discovery."),
        ("Tokens of players and operators", "Tokens:PublicKeyFiles:N", null, "PEM files of public keys; the name without extension is the `kid`."),
        ("Tokens of players and operators", "Tokens:Algorithms:N", "ES256, RS256, EdDSA", "Accepted algorithms; HS256 joins them only where a shared secret is configured."),
        ("Tokens of players and operators", "Tokens:ClockSkew", "00:01:00", "How far clocks may differ."),
        ("Tokens of players and operators", "Tokens:SingleUse", "false", "Each token opens one licence, over all nodes."),
        ("Tokens of players and operators", "Tokens:InQuery", "false", "Allow `?token=` for players that cannot set headers."),
        ("Tokens of players and operators", "Tokens:CacheSize", null, "Validated tokens that are remembered."),
        ("Tokens of players and operators", "Operators:…", null, "As `Tokens:…`, where operators come from another issuer than players."),
        ("Players", "Players:Origins:N", "*", "Origins whose pages may ask for licences."),
        ("Players", "Players:TrustedProxies:N", null, "Addresses or networks of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. Behind a proxy that is not named all callers share the rate of one address."),
        ("Players", "Players:CountryHeader", null, "Header in which a trusted proxy says the country."),
        ("Players", "Rights:CountryDatabase", null, "A file in MaxMind DB format that says where addresses are."),
        ("Packagers", "KeyService:AllowUnsigned", "true in Development", "Key requests from loopback without a credential, and the public test signer."),
        ("Packagers", "KeyService:Signers:N:Name", null, "With `AesKey` and `AesIv` in hex, or `RsaPublicKeyFile`: a signer of the Widevine packager API."),
        ("Packagers", "KeyService:WidevinePolicies:N", null, "Policy names that are known."),
        ("Packagers", "KeyService:PlayReadyLicenseUrl", null, "Licence URL in PlayReady objects."),
        ("Packagers", "KeyService:Digest", null, "`SHA-256`, `MD5` or both: Digest authentication for encoders that can do nothing else."),
        ("Packagers", "KeyService:Aws:Region", null, "Region that AWS signatures must name."),
        ("Packagers", "KeyService:Aws:ClockSkewMinutes", null, "How far clocks of AWS signers may differ."),
        ("Packagers", "KeyService:ClientCertificates", "false", "Ask packagers for a TLS client certificate."),
        ("The console", "Console:Oidc:Authority", null, "With `ClientId` and `ClientSecret` (a secret), `Scopes`, `RoleClaim`, `NameClaim`, `RoleMap:GROUP`: sign-in by OpenID Connect."),
        ("Licence services", "Upstreams:…", null, "See [upstreams.md](upstreams.md)."),
        ("Licence services", "FairPlay:…", null, "See [fairplay.md](fairplay.md)."),
        ("Music", "Music:…", null, "See [music.md](music.md)."),
    ];
}
