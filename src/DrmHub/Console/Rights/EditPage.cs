using System.Globalization;
using DrmHub.Host.Pages.Words;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.Components;

namespace DrmHub.Host.Pages.Rights;

/// <summary>What every page that edits a document has, whatever the document is: <see cref="EditFrame"/> draws it.</summary>
public abstract class EditPage : ComponentBase
{
    /// <summary>Of the document; null where a new one is made.</summary>
    [Parameter]
    public string? Id { get; set; }

    [Inject]
    internal Reader Reader { get; set; } = null!;

    /// <summary>What the hub holds now, as the form that goes out is based on it; 0 where there is none.</summary>
    internal long Version { get; private protected set; }

    /// <summary>What saving would change; null as long as nothing was sent, or what was sent does not fit.</summary>
    internal IReadOnlyList<Difference>? Differences { get; private protected set; }

    /// <summary>Somebody changed the document after this form was read.</summary>
    internal EditConflict? Conflict { get; private protected set; }

    /// <summary>Why nothing was saved though all was well with the form.</summary>
    internal string? Failure { get; private protected set; }

    /// <summary>What is sent out of the form, as rights that are thought of.</summary>
    internal RightsDraft? Preview { get; private protected set; }

    internal IReadOnlyList<(string Field, string Message)> Problems => Form?.Problems ?? [];

    /// <summary>Requests for this content alone are decided again; null: all.</summary>
    internal virtual string? Content => null;

    /// <summary>Requests of this subscriber alone are decided again; null: all.</summary>
    internal virtual string? Subscriber => null;

    /// <summary>"deal", "title": as in a sentence.</summary>
    internal abstract string Noun { get; }

    /// <summary>Where to go without saving.</summary>
    internal abstract string Back { get; }

    private protected abstract EditForm? Form { get; }

    internal abstract Task SubmitAsync();
}

/// <summary>Somebody else's change of a document that is being edited.</summary>
/// <param name="Entry">As the log has it; null where the log does not say.</param>
/// <param name="Theirs">What it changed.</param>
public sealed record EditConflict(AuditRecord? Entry, IReadOnlyList<Difference> Theirs);

/// <summary>
/// A page that edits one document in two steps: what was typed is checked and shown with its effect, and only then saved, at the version that
/// was shown. Whoever was faster is not overwritten: their change is shown, and saving means saving over it.
/// </summary>
public abstract class EditPage<T> : EditPage
    where T : class
{
    [Inject]
    internal RightsStore Rights { get; set; } = null!;

    [Inject]
    internal AuditLog Log { get; set; } = null!;

    [Inject]
    internal NavigationManager Navigation { get; set; } = null!;

    [CascadingParameter]
    internal HttpContext Http { get; set; } = null!;

    internal override string Noun => Kind.Name;

    internal override string Back => Address(Id);

    /// <summary>There is nothing of this id to edit.</summary>
    protected bool IsMissing { get; private set; }

    /// <summary>As the hub holds it; null where there is none yet.</summary>
    protected T? Original { get; private set; }

    protected bool IsNew => Id is null;

    private protected abstract RightsKind<T> Kind { get; }

    /// <summary>An id that nothing is written down for is a document to be, not a page that is missing.</summary>
    private protected virtual bool MayBegin => false;

    protected override async Task OnInitializedAsync()
    {
        await FindAsync(Id);
        IsMissing = Id is not null && Original is null && !MayBegin;
        if (!IsMissing) Open();
    }

    /// <summary>Fills the form from <see cref="Original"/>.</summary>
    private protected abstract void Open();

    /// <summary>Fills the form from what was sent.</summary>
    /// <returns>The document; null where something does not fit or nothing is to be shown yet.</returns>
    private protected abstract T? Read(IFormCollection posted);

    private protected abstract RightsDraft Draft(T document);

    internal override async Task SubmitAsync()
    {
        var posted = await Http.Request.ReadFormAsync(Http.RequestAborted);
        if (Read(posted) is not { } document) return;
        if (IsNew && await Rights.FindAsync(Kind, Kind.IdOf(document), Http.RequestAborted) is not null)
        {
            Form!.Problems.Add(("id", $"There is a {Noun} of that id already."));
            return;
        }

        var shown = long.TryParse(posted["version"], NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;
        await ShowAsync(document, shown);
        if (posted["step"] != "save" || Conflict is not null || Differences!.Count == 0) return;
        try
        {
            await Rights.ChangeAsync([RightsChange.Put(Kind, document, shown)], Editing.Actor(Reader, Http), Http.RequestAborted);
        }
        catch (RightsConflictException)
        {
            await FindAsync(Kind.IdOf(document));
            await ShowAsync(document, shown);
            return;
        }
        catch (Exception exception) when (Editing.Explain(exception) is not null)
        {
            Failure = Editing.Explain(exception);
            return;
        }

        Navigation.NavigateTo(Address(Kind.IdOf(document)) + "?saved=yes");
    }

    /// <summary>The page of a document, or of all.</summary>
    private protected string Address(string? id) => $"/console/rights/{Kind.Plural}" + (id is null ? "" : "/" + Uri.EscapeDataString(id));

    private async Task FindAsync(string? id)
    {
        var stored = id is null ? null : await Rights.FindAsync(Kind, id, Http.RequestAborted);
        (Original, Version) = (stored?.Document, stored?.Version ?? 0);
    }

    private async Task ShowAsync(T document, long shown)
    {
        Differences = Compare(document);
        Preview = Draft(document);
        if (shown == Version) return;
        var entries = await ChangeLog.FindAsync(Log, Kind.Name, Kind.IdOf(document), 1, Http.RequestAborted);
        Conflict = entries is [var newest] ? new EditConflict(newest.Entry, newest.Differences) : new EditConflict(null, []);
    }

    private IReadOnlyList<Difference> Compare(T document) => Pages.Rights.Differences.Between(Original is null ? null : Kind.Write(Original), Kind.Write(document));
}
