using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DrmHub.Vault.Audit;

namespace DrmHub.Vault.Rights;

/// <summary>
/// The audit entry of a change: which document, and each member that changed with its value before and after. Long values are split over
/// several details (<c>after.territories.2</c>), because the log shortens what is long. What is said of a subscriber is sealed under that
/// subscriber's key.
/// </summary>
internal static class RightsAuditing
{
    private const int MaxPart = AuditEntry.MaxText - 12;

    /// <summary>Leaves room for what else stands in the details.</summary>
    private const int MaxParts = AuditEntry.MaxItems - 8;

    public static AuditEntry Describe(RightsChange change, string? before, string? after, long version, RightsActor actor)
    {
        var details = new Dictionary<string, string>(16, StringComparer.Ordinal)
        {
            ["action"] = before is null ? "created" : after is null ? "deleted" : "updated",
            ["document"] = change.Kind.Name,
            ["version"] = version.ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
        var members = change.Kind.IsPersonal ? new Dictionary<string, string>(StringComparer.Ordinal) : details;
        if (!change.Kind.IsPersonal) details["id"] = change.Id;
        Compare(before, after, members);
        var shown = after ?? before!;
        return new AuditEntry
        {
            Kind = ReferenceEquals(change.Kind, RightsKinds.Takedowns) ? AuditKind.Takedown : AuditKind.RightsChanged,
            Subject = change.Kind.IsPersonal ? change.Id : null,
            Actor = actor.Name,
            ActorRole = actor.Role,
            RequestId = actor.RequestId,
            Deal = ReferenceEquals(change.Kind, RightsKinds.Deals) ? change.Id : null,
            ContentId = ContentOf(change, shown),
            Details = details,
            Personal = change.Kind.IsPersonal ? members : new Dictionary<string, string>(),
        };
    }

    /// <summary>A takedown of one title is found by that title.</summary>
    private static string? ContentOf(RightsChange change, string body)
    {
        if (ReferenceEquals(change.Kind, RightsKinds.Titles)) return change.Id;
        if (!ReferenceEquals(change.Kind, RightsKinds.Takedowns)) return null;
        return ((Takedown)change.Kind.Read(body)).Content is { Collections.Count: 0, Patterns: [{ } only] } && !only.EndsWith('*') ? only : null;
    }

    /// <summary>Goes through both lists of members, which are in the order of their names.</summary>
    private static void Compare(string? before, string? after, Dictionary<string, string> members)
    {
        var old = Members(before);
        var now = Members(after);
        var parts = 0;
        for (int left = 0, right = 0; left < old.Count || right < now.Count;)
        {
            var order = left == old.Count ? 1 : right == now.Count ? -1 : string.CompareOrdinal(old[left].Name, now[right].Name);
            var (name, was) = order <= 0 ? old[left++] : (now[right].Name, null);
            var becomes = order >= 0 ? now[right++].Value : null;
            if (was == becomes || name == "id") continue;
            parts += Add("before." + name, was, members, MaxParts - parts);
            parts += Add("after." + name, becomes, members, MaxParts - parts);
        }

        // Where not everything fits, the digests still say exactly which documents they were.
        if (parts < MaxParts) return;
        if (before is not null) members["before.sha256"] = Digest(before);
        if (after is not null) members["after.sha256"] = Digest(after);
    }

    private static int Add(string name, string? value, Dictionary<string, string> members, int room)
    {
        if (value is null || room <= 0) return 0;
        if (value.Length <= MaxPart)
        {
            members[name] = value;
            return 1;
        }

        var parts = 0;
        for (var at = 0; at < value.Length && parts < room; parts++)
        {
            var length = Math.Min(MaxPart, value.Length - at);
            if (length > 1 && char.IsHighSurrogate(value[at + length - 1])) length--;
            members[parts == 0 ? name : $"{name}.{parts + 1}"] = value.Substring(at, length);
            at += length;
        }

        return parts;
    }

    /// <summary>The members of a document in the order of their names: texts as they are, everything else as its JSON.</summary>
    private static List<(string Name, string? Value)> Members(string? body)
    {
        var members = new List<(string Name, string? Value)>(16);
        if (body is null) return members;
        var json = Encoding.UTF8.GetBytes(body);
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            if (reader.TokenType == JsonTokenType.String)
            {
                members.Add((name, reader.GetString()));
                continue;
            }

            reader.Skip();
            members.Add((name, Encoding.UTF8.GetString(json, start, (int)reader.BytesConsumed - start)));
        }

        members.Sort(static (left, right) => string.CompareOrdinal(left.Name, right.Name));
        return members;
    }

    private static string Digest(string body) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));
}
