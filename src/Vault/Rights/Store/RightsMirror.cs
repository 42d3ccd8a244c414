using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Rights;

/// <summary>All documents but subscribers as this node knows them, kept up by the rows that changed.</summary>
internal sealed class RightsMirror(ILogger log)
{
    private readonly Dictionary<string, SortedDictionary<string, (object Document, long Version)>> _byKind =
        RightsKinds.All.Where(kind => !kind.IsPersonal).ToDictionary(kind => kind.Name, _ => new SortedDictionary<string, (object, long)>(StringComparer.Ordinal), StringComparer.Ordinal);

    public void Clear()
    {
        foreach (var documents in _byKind.Values) documents.Clear();
    }

    /// <exception cref="JsonException">A takedown or a revocation list cannot be read: without it more would be granted than should be.</exception>
    public void Apply(IEnumerable<RightsTable.DocumentRow> rows)
    {
        var known = rows.Where(row => _byKind.ContainsKey(row.Kind)).ToList(); // The others are of a newer program.
        foreach (var (row, read) in known.Zip(ManyCores.Map(known, Read)))
        {
            if (read is not null) _byKind[row.Kind][row.Id] = (read, row.Version);
            else _byKind[row.Kind].Remove(row.Id);
        }
    }

    /// <summary>What this node changed itself. Subscribers are passed over.</summary>
    /// <returns>Whether there was anything else.</returns>
    public bool Apply(IReadOnlyList<RightsChange> changes, long version)
    {
        var any = false;
        foreach (var change in changes)
        {
            if (change.Kind.IsPersonal) continue;
            any = true;
            if (change.Document is { } document) _byKind[change.Kind.Name][change.Id] = (document, version);
            else _byKind[change.Kind.Name].Remove(change.Id);
        }

        return any;
    }

    /// <returns>Null where the document is gone, or cannot be read.</returns>
    private object? Read(RightsTable.DocumentRow row)
    {
        if (row.Deleted != 0) return null;
        var kind = RightsKinds.Find(row.Kind)!;
        try
        {
            return kind.Read(row.Body);
        }
        catch (JsonException exception) when (kind != RightsKinds.Takedowns && kind != RightsKinds.Revocations)
        {
            Log.Unreadable(log, row.Kind, row.Id, exception.Message);
            return null;
        }
    }

    public RightsView ToView(long version) => new(
        new RightsSnapshot(
            new RightsDocuments
            {
                Deals = List(RightsKinds.Deals),
                Plans = List(RightsKinds.Plans),
                Titles = List(RightsKinds.Titles),
                Collections = List(RightsKinds.Collections),
                Takedowns = List(RightsKinds.Takedowns),
                Revocations = List(RightsKinds.Revocations),
            },
            version),
        _byKind.ToDictionary(kind => kind.Key, IReadOnlyDictionary<string, long> (kind) => kind.Value.ToDictionary(pair => pair.Key, pair => pair.Value.Version, StringComparer.Ordinal), StringComparer.Ordinal));

    private T[] List<T>(RightsKind<T> kind)
        where T : class =>
        [.. _byKind[kind.Name].Values.Select(each => (T)each.Document)];
}

/// <summary>A snapshot, and the version of each of its documents by kind and id.</summary>
internal sealed record RightsView(RightsSnapshot Snapshot, IReadOnlyDictionary<string, IReadOnlyDictionary<string, long>> Versions);
