using System.Globalization;
using DrmHub.Host.Pages.Words;
using DrmHub.Vault.Rights;

namespace DrmHub.Host.Pages.Rights;

/// <summary>
/// What a subscriber holds, in its form: three lists of rows, of which those without a name are nothing. A field is <c>LIST.ROW.MEMBER</c>; beside a time stands
/// what it was to the millisecond, so that what nobody touched stays what it is.
/// </summary>
internal sealed class SubscriberForm : EditForm
{
    /// <summary>Of one list; above it, the API is the better tool.</summary>
    public const int MaxRows = 200;

    private const string Was = ".was";
    private const int Spare = 2;

    private SubscriberForm(Dictionary<string, string> fields)
        : base(fields)
    {
    }

    public int Subscriptions => Rows("subscription");

    public int Purchases => Rows("purchase");

    public int Rentals => Rows("rental");

    public static SubscriberForm From(Subscriber? subscriber, Reader reader)
    {
        var form = new SubscriberForm(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["id"] = subscriber?.Id ?? "",
            ["maxStreams"] = Text(subscriber?.MaxStreams),
            ["maxDevices"] = Text(subscriber?.MaxDevices),
        });
        foreach (var (row, one) in (subscriber?.Subscriptions ?? []).Index())
        {
            form.Set($"subscription.{row}.plan", one.Plan);
            form.Set($"subscription.{row}.status", one.Status.ToString());
            form.SetTime($"subscription.{row}.from", one.FromMs, reader);
            form.SetTime($"subscription.{row}.until", one.UntilMs, reader);
        }

        foreach (var (row, one) in (subscriber?.Purchases ?? []).Index())
        {
            form.SetTarget($"purchase.{row}", one.Content, one.Collection);
            form.SetTime($"purchase.{row}.from", one.FromMs, reader);
        }

        foreach (var (row, one) in (subscriber?.Rentals ?? []).Index())
        {
            form.SetTarget($"rental.{row}", one.Content, one.Collection);
            form.SetTime($"rental.{row}.from", one.FromMs, reader);
            form.SetTime($"rental.{row}.firstPlay", one.FirstPlayMs, reader);
        }

        form.SetRows("subscription", subscriber?.Subscriptions.Count ?? 0);
        form.SetRows("purchase", subscriber?.Purchases.Count ?? 0);
        form.SetRows("rental", subscriber?.Rentals.Count ?? 0);
        return form;
    }

    public static SubscriberForm Read(IFormCollection posted) => new(Posted(posted));

    public void AddRows()
    {
        foreach (var list in (string[])["subscription", "purchase", "rental"]) SetRows(list, Rows(list));
    }

    /// <summary>The subscriber, on top of what the form does not show; null where a field does not fit, see <see cref="EditForm.Problems"/>.</summary>
    public Subscriber? Build(Subscriber? original, Reader reader)
    {
        // What is rented now is rented at the time that the preview names, not at that of the button after it.
        foreach (var row in Named("rental", "what").Where(row => !Has(row + ".from"))) SetTime(row + ".from", reader.Now.ToUnixTimeMilliseconds(), reader);
        return Checked(RightsKinds.Subscribers, (original ?? new Subscriber { Id = this["id"] }) with
        {
            MaxStreams = Number("maxStreams"),
            MaxDevices = Number("maxDevices"),
            Subscriptions = [.. Named("subscription", "plan").Select(row => new Subscription(
                this[row + ".plan"], At(row + ".from", reader), At(row + ".until", reader), Choice<SubscriptionStatus>(row + ".status") ?? SubscriptionStatus.Active))],
            Purchases = [.. Named("purchase", "what").Select(row => new Purchase { Content = Target(row, collection: false), Collection = Target(row, collection: true), FromMs = At(row + ".from", reader) })],
            Rentals = [.. Named("rental", "what").Select(row => new Rental
            {
                Content = Target(row, collection: false),
                Collection = Target(row, collection: true),
                FromMs = At(row + ".from", reader),
                FirstPlayMs = At(row + ".firstPlay", reader),
            })],
        });
    }

    /// <summary>The checks count the rows that have a name; the fields count all of them.</summary>
    protected override string FieldOf(string path)
    {
        var (list, name) = path switch
        {
            _ when path.StartsWith("$.subscriptions[", StringComparison.Ordinal) => ("subscription", "plan"),
            _ when path.StartsWith("$.purchases[", StringComparison.Ordinal) => ("purchase", "what"),
            _ when path.StartsWith("$.rentals[", StringComparison.Ordinal) => ("rental", "what"),
            _ => ("", ""),
        };
        if (list.Length == 0) return base.FieldOf(path);
        var (open, close) = (path.IndexOf('['), path.IndexOf(']'));
        var row = Named(list, name).ElementAt(int.Parse(path.AsSpan(open + 1, close - open - 1), CultureInfo.InvariantCulture));
        var member = path[(close + 1)..].TrimStart('.');
        return $"{row}.{(member is "from" or "until" or "firstPlay" ? member : name)}";
    }

    private int Rows(string list) => int.TryParse(this[list + ".rows"], NumberStyles.None, CultureInfo.InvariantCulture, out var rows) ? Math.Min(rows, MaxRows + Spare) : Spare;

    private void SetRows(string list, int rows) => Set(list + ".rows", (rows + Spare).ToString(CultureInfo.InvariantCulture));

    private void SetTime(string name, long? at, Reader reader)
    {
        Set(name, Time(at, reader));
        Set(name + Was, at?.ToString(CultureInfo.InvariantCulture) ?? "");
    }

    private void SetTarget(string row, string? content, string? collection)
    {
        Set(row + ".what", content ?? collection ?? "");
        Set(row + ".collection", collection is null ? "" : "on");
    }

    /// <summary>The rows that say what they are about.</summary>
    private IEnumerable<string> Named(string list, string member) => Enumerable.Range(0, Rows(list)).Select(row => $"{list}.{row}").Where(row => Has($"{row}.{member}"));

    private string? Target(string row, bool collection) => Has(row + ".collection") == collection ? this[row + ".what"] : null;

    private long? At(string name, Reader reader) =>
        Moment(name, reader, long.TryParse(this[name + Was], NumberStyles.None, CultureInfo.InvariantCulture, out var was) && was < 250_000_000_000_000 ? was : null);
}
