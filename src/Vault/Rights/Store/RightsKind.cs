using System.Text.Json;

namespace DrmHub.Vault.Rights;

/// <summary>A kind of rights document: what it is called, and how it is read and checked.</summary>
public abstract class RightsKind
{
    private protected RightsKind(string name, string plural)
    {
        Name = name;
        Plural = plural;
    }

    /// <summary>In the database, in files and in the audit log: <c>deal</c>.</summary>
    public string Name { get; }

    /// <summary>In addresses: <c>deals</c>.</summary>
    public string Plural { get; }

    public abstract Type DocumentType { get; }

    /// <summary>Subscribers are many and personal: they are read one by one, and what the log says of them is sealed.</summary>
    public bool IsPersonal => ReferenceEquals(this, RightsKinds.Subscribers);

    /// <summary>Reads a document strictly.</summary>
    /// <exception cref="RightsInvalidException">With all that is wrong.</exception>
    public abstract object Parse(ReadOnlySpan<byte> json);

    /// <summary>Reads what this program wrote.</summary>
    /// <exception cref="JsonException">A newer program wrote it.</exception>
    public abstract object Read(string body);

    public abstract string Write(object document);

    public abstract string IdOf(object document);
}

/// <inheritdoc cref="RightsKind"/>
public sealed class RightsKind<T> : RightsKind
    where T : class
{
    private readonly Func<T, string> _id;
    private readonly Action<T, RightsProblems> _check;

    internal RightsKind(string name, string plural, Func<T, string> id, Action<T, RightsProblems> check)
        : base(name, plural)
    {
        _id = id;
        _check = check;
    }

    public override Type DocumentType => typeof(T);

    public override object Parse(ReadOnlySpan<byte> json)
    {
        T? document;
        try
        {
            document = JsonSerializer.Deserialize<T>(json, RightsJson.Strict);
        }
        catch (JsonException exception)
        {
            throw new RightsInvalidException([RightsProblem.From(exception)]);
        }

        if (document is null) throw new RightsInvalidException([new RightsProblem("$", RightsProblem.Malformed, "The document is null.")]);
        Check(document);
        return document;
    }

    /// <exception cref="RightsInvalidException">With all that is wrong.</exception>
    public void Check(T document)
    {
        ArgumentNullException.ThrowIfNull(document);
        var problems = new RightsProblems();
        _check(document, problems);
        problems.ThrowIfAny();
    }

    public override object Read(string body) => JsonSerializer.Deserialize<T>(body, RightsJson.Options) ?? throw new JsonException("The document is null.");

    public override string Write(object document) => JsonSerializer.Serialize((T)document, RightsJson.Options);

    public override string IdOf(object document) => _id((T)document);
}

/// <summary>All kinds.</summary>
public static class RightsKinds
{
    public static readonly RightsKind<Title> Titles = new("title", "titles", title => title.Id, RightsChecks.Check);
    public static readonly RightsKind<Collection> Collections = new("collection", "collections", collection => collection.Id, RightsChecks.Check);
    public static readonly RightsKind<Deal> Deals = new("deal", "deals", deal => deal.Id, RightsChecks.Check);
    public static readonly RightsKind<Plan> Plans = new("plan", "plans", plan => plan.Id, RightsChecks.Check);
    public static readonly RightsKind<Takedown> Takedowns = new("takedown", "takedowns", takedown => takedown.Id, RightsChecks.Check);
    public static readonly RightsKind<RevocationList> Revocations = new("revocation", "revocations", list => list.Id, RightsChecks.Check);
    public static readonly RightsKind<Subscriber> Subscribers = new("subscriber", "subscribers", subscriber => subscriber.Id, RightsChecks.Check);

    /// <summary>In the order in which an import of everything makes sense.</summary>
    public static readonly IReadOnlyList<RightsKind> All = [Collections, Titles, Plans, Deals, Revocations, Takedowns, Subscribers];

    public static RightsKind? Find(string? name) => All.FirstOrDefault(kind => kind.Name == name);
}
