using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using DrmHub.Cenc;

namespace DrmHub.Host.Load;

/// <summary>Asks the hub for the key ids of the title that is played, as an operator with <c>keys.admin</c>; never for keys.</summary>
internal static class LoadTitle
{
    /// <exception cref="IOException">The hub is not there, refuses the token, or has no keys of the title.</exception>
    public static async Task<IReadOnlyList<KeyId>> ReadKeyIdsAsync(HttpClient http, Uri hub, string contentId, string token, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(hub, "admin/keys?content=" + Uri.EscapeDataString(contentId)));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var response = await http.SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode) throw new IOException($"The hub did not name the keys of {contentId}: HTTP {(int)response.StatusCode}. Is --data its data directory?");
            var rows = await response.Content.ReadFromJsonAsync<JsonElement[]>(cancellationToken) ?? [];
            return rows.Length > 0 ? [.. rows.Select(row => KeyId.Parse(row.GetProperty("keyId").GetString()!))] : throw new IOException($"The hub has no keys of {contentId}.");
        }
        catch (HttpRequestException exception)
        {
            throw new IOException($"The hub does not answer: {exception.HttpRequestError}.", exception);
        }
    }
}
