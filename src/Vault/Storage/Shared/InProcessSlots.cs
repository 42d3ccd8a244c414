using System.Collections.Concurrent;

namespace DrmHub.Vault.Storage.Shared;

/// <summary>The stream slots of a single node. What the scripts in <see cref="RedisScripts"/> do, in memory.</summary>
internal sealed class InProcessSlots(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Dictionary<string, Slot>> _accounts = new();

    public SlotResult Take(SlotRequest request)
    {
        var now = time.GetUtcNow();
        while (true)
        {
            var slots = _accounts.GetOrAdd(request.Account, _ => []);
            lock (slots)
            {
                // A sweep may have removed it just now.
                if (_accounts.TryGetValue(request.Account, out var current) && current == slots) return Take(slots, request, now);
            }
        }
    }

    public (SlotState State, string Data) Renew(string account, string session, TimeSpan lifetime)
    {
        var now = time.GetUtcNow();
        if (!_accounts.TryGetValue(account, out var slots)) return (SlotState.Unknown, "");
        lock (slots)
        {
            if (!slots.TryGetValue(session, out var slot) || slot.Until <= now) return (SlotState.Unknown, "");
            if (slot.IsStopped) return (SlotState.Stopped, slot.Data);
            slots[session] = slot with { Until = now + lifetime };
            return (SlotState.Held, slot.Data);
        }
    }

    public (bool Held, string Data) Release(string account, string session)
    {
        if (!_accounts.TryGetValue(account, out var slots)) return (false, "");
        lock (slots) return slots.Remove(session, out var slot) && slot.Until > time.GetUtcNow() && !slot.IsStopped ? (true, slot.Data) : (false, "");
    }

    public void Sweep(DateTimeOffset now)
    {
        foreach (var account in _accounts)
        {
            lock (account.Value)
            {
                if (account.Value.Values.All(slot => slot.Until <= now)) _accounts.TryRemove(account);
            }
        }
    }

    private static SlotResult Take(Dictionary<string, Slot> slots, SlotRequest request, DateTimeOffset now)
    {
        foreach (var (name, slot) in slots)
        {
            // Removing while enumerating is allowed for dictionaries.
            if (slot.Until <= now) slots.Remove(name);
        }

        var until = now + request.Lifetime;
        if (slots.TryGetValue(request.Session, out var mine))
        {
            if (mine.IsStopped) return SlotResult.Refused;
            slots[request.Session] = mine with { Until = until, Group = request.Group, Data = request.Data };
            return SlotResult.Kept;
        }

        var result = SlotResult.Taken;
        while (slots.Values.Count(slot => !slot.IsStopped) >= request.Limit)
        {
            if (!request.StopOldest) return SlotResult.Refused;
            StopOldest(slots, null);
            result = SlotResult.TakenFromOldest;
        }

        while (request.Group is not null && slots.Values.Count(slot => !slot.IsStopped && slot.Group == request.Group) >= request.GroupLimit)
        {
            if (!request.StopOldest) return SlotResult.Refused;
            StopOldest(slots, request.Group);
            result = SlotResult.TakenFromOldest;
        }

        slots[request.Session] = new Slot(until, now, false, request.Group, request.Data);
        return result;
    }

    private static void StopOldest(Dictionary<string, Slot> slots, string? group)
    {
        var (name, slot) = slots.Where(item => !item.Value.IsStopped && (group is null || item.Value.Group == group)).MinBy(item => item.Value.Since);
        slots[name] = slot with { IsStopped = true };
    }

    private sealed record Slot(DateTimeOffset Until, DateTimeOffset Since, bool IsStopped, string? Group, string Data);
}
