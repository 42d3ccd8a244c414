using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace DrmHub.KeyService.Packagers;

/// <summary>The one credential that the headers of a request carry. The query is never looked at: addresses are logged.</summary>
/// <param name="Scheme">In lower case; <see cref="ApiKey"/> for a header of that name; empty where there is no credential.</param>
/// <param name="Value">What follows the scheme.</param>
internal readonly record struct RequestCredential(string Scheme, string Value)
{
    public const string ApiKey = "(api key)";

    /// <summary>Longer than any that is issued here, or any identity provider's token that is accepted.</summary>
    public const int MaxLength = 8192;

    private static readonly string[] s_apiKeyHeaders = ["X-API-Key", "API-KEY"];

    /// <returns>False where there is more than one, or one that is too long: two readers could take it for two things.</returns>
    public static bool TryRead(IHeaderDictionary headers, out RequestCredential credential)
    {
        credential = new RequestCredential("", "");
        var found = 0;
        foreach (var name in s_apiKeyHeaders)
        {
            if (!headers.TryGetValue(name, out var values)) continue;
            found += values.Count;
            credential = new RequestCredential(ApiKey, First(values));
        }

        var authorization = headers.Authorization;
        if (authorization.Count > 0)
        {
            found += authorization.Count;
            var value = First(authorization);
            var space = value.IndexOf(' ', StringComparison.Ordinal);
            credential = space < 0 ? new RequestCredential(value.ToLowerInvariant(), "") : new RequestCredential(value[..space].ToLowerInvariant(), value[(space + 1)..].Trim(' '));
        }

        return found <= 1 && credential.Value.Length <= MaxLength;
    }

    private static string First(StringValues values) => values.Count > 0 ? values[0] ?? "" : "";

    public override string ToString() => Scheme;
}
