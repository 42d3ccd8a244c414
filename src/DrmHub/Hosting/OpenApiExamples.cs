namespace DrmHub.Host.Hosting;

/// <summary>Examples for the description of the routes; a test sends each request to the hub.</summary>
internal static class OpenApiExamples
{
    /// <summary>Request bodies by operation.</summary>
    public static readonly IReadOnlyDictionary<string, string> Requests = new Dictionary<string, string>
    {
        ["PutDeal"] = """
            {
              "name": "Khoj in India and Sri Lanka", "licensor": "Banyan Films",
              "content": { "patterns": ["khoj-*"], "collections": ["monsoon-catalogue"] },
              "territories": ["IN", "LK"], "opens": "2026-06-01T00:00:00+05:30", "closes": "2027-06-01T00:00:00+05:30",
              "model": "Subscription", "plans": ["premium"], "uses": ["Stream", "Download"],
              "maxTrack": "UHD1", "minimumLevels": { "HD": "HardwareCrypto" }, "hdcp": { "UHD1": "2.2" },
              "audioLanguages": ["hi", "en"], "clearKeyAllowed": false, "licenseSeconds": 21600, "renewSeconds": 3600, "maxStreams": 2,
              "platforms": [{ "platform": "web", "maxTrack": "HD" }]
            }
            """,
        ["PatchDeal"] = """{ "closes": "2027-12-31T00:00:00+05:30" }""",
        ["PutPlan"] = """{ "name": "Premium", "maxTrack": "UHD1", "maxStreams": 4, "maxDevices": 10 }""",
        ["PutTitle"] = """{ "name": "Khoj, episode 1", "collections": ["monsoon-catalogue"] }""",
        ["PutCollection"] = """{ "name": "Monsoon catalogue", "content": { "patterns": ["monsoon-*"] } }""",
        ["PutTakedown"] = """{ "content": { "patterns": ["khoj-3"] }, "territories": ["IN"], "until": "2026-07-01T00:00:00+05:30", "reason": "Court order 12/2026" }""",
        ["PutRevocation"] = """{ "version": "2026-05", "systemIds": [4445], "certificateSerials": ["0a1b2c"], "appIds": ["com.example.ripper"] }""",
        ["PutSubscriber"] = """
            {
              "subscriptions": [{ "plan": "premium", "from": "2026-01-01T00:00:00Z" }],
              "purchases": [{ "content": "khoj-1" }],
              "rentals": [{ "content": "khoj-2", "from": "2026-06-01T18:00:00+05:30" }]
            }
            """,
        ["PutSubscription"] = """{ "from": "2026-01-01T00:00:00Z", "until": "2027-01-01T00:00:00Z" }""",
        ["PutPurchase"] = """{ "from": "2026-01-01T00:00:00Z" }""",
        ["PutRental"] = """{ "from": "2026-06-01T18:00:00+05:30" }""",
        ["PutDevice"] = """{ "name": "Living room", "platform": "tv", "revoked": true }""",
        ["Decide"] = """{ "content": "khoj-1", "subscriber": "asha", "country": "IN", "level": "Software" }""",
        ["Replay"] = """{ "from": "2026-06-01T00:00:00Z", "until": "2026-07-01T00:00:00Z", "draft": { "removed": [{ "kind": "deal", "id": "khoj" }] } }""",
    };

    /// <summary>Problem documents by status.</summary>
    public static readonly IReadOnlyDictionary<string, string> Problems = new Dictionary<string, string>
    {
        ["400"] = """
            {
              "status": 400, "code": "rights.invalid", "detail": "The document is not valid. Nothing was changed.", "requestId": "0HN7",
              "errors": [{ "path": "$.territories", "code": "value.malformed", "message": "A territory is an ISO 3166-1 code of two capital letters." }]
            }
            """,
        ["401"] = """{ "status": 401, "code": "token.missing", "detail": "An operator's token is needed: Authorization: Bearer <token>.", "requestId": "0HN7" }""",
        ["403"] = """{ "status": 403, "code": "role.missing", "detail": "The token is valid but carries no role that opens this.", "requestId": "0HN7" }""",
        ["404"] = """{ "status": 404, "code": "rights.unknown", "detail": "There is no such deal.", "requestId": "0HN7" }""",
        ["412"] = """{ "status": 412, "code": "rights.changed", "detail": "The document was changed in between.", "requestId": "0HN7" }""",
        ["413"] = """{ "status": 413, "code": "request.too_large", "detail": "The body is longer than this route takes.", "requestId": "0HN7" }""",
        ["415"] = """{ "status": 415, "code": "request.media_type", "detail": "A batch is application/x-ndjson: one document a line.", "requestId": "0HN7" }""",
        ["503"] = """{ "status": 503, "code": "storage.unavailable", "detail": "The rights cannot be read or written now.", "requestId": "0HN7" }""",
    };
}
