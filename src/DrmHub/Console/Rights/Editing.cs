using DrmHub.Host.Pages.Words;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Rights;

namespace DrmHub.Host.Pages.Rights;

/// <summary>Changes rights on behalf of whoever is signed in.</summary>
internal static class Editing
{
    public static RightsActor Actor(Reader reader, HttpContext http) => new(reader.Name, "rights.write", http.TraceIdentifier);

    /// <returns>Null when the change is made and logged; else the sentence that says why not.</returns>
    public static async Task<string?> TryAsync(this RightsStore rights, Reader reader, HttpContext http, params RightsChange[] changes)
    {
        try
        {
            await rights.ChangeAsync(changes, Actor(reader, http), http.RequestAborted);
            return null;
        }
        catch (Exception exception) when (Explain(exception) is not null)
        {
            return Explain(exception);
        }
    }

    public static string? Explain(Exception exception) => exception switch
    {
        RightsConflictException conflict => conflict.Message + " Load the page again to see how it is now.",
        RightsInvalidException invalid => string.Join(' ', invalid.Problems.Select(problem => problem.Message)),
        AuditUnavailableException => "The log takes no entries, and no right changes without one. Try again when an operator has brought it back.",
        _ => null,
    };
}
