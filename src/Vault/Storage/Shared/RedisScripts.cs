namespace DrmHub.Vault.Storage.Shared;

/// <summary>
/// What must be atomic, in Lua. The clock is Redis's own, so that nodes need not agree on theirs. Each script gets a deadline in
/// that clock (0 for none) and does nothing after it: a command that was given up on may still run when a stopped server goes
/// on, and must not use up a token or a slot then. Each answers with its result (1, 0, or -1 for too late) and the time.
/// </summary>
internal static class RedisScripts
{
    private const string Head = """
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        if tonumber(ARGV[1]) > 0 and now > tonumber(ARGV[1]) then return {-1, now} end

        """;

    /// <summary>
    /// KEYS: the slots, a hash of sessions, each <c>until|since|stopped|group|data</c>. ARGV: deadline, session, limit, lifetime in ms, group, limit
    /// of the group, whether to stop the oldest, data. Answers 0 refused, 1 kept, 2 taken, 3 taken from the oldest.
    /// </summary>
    public const string TakeSlot = Head + """
        local all = redis.call('HGETALL', KEYS[1])
        local slots = {}
        local result = 2
        local since = now
        for i = 1, #all, 2 do
            local slot = {}
            slot.untilMs, slot.since, slot.stopped, slot.group, slot.data = string.match(all[i + 1], '^(%d+)|(%d+)|(%d)|([^|]*)|(.*)$')
            slot.name = all[i]
            if tonumber(slot.untilMs) <= now then redis.call('HDEL', KEYS[1], slot.name)
            elseif slot.name == ARGV[2] then
                if slot.stopped == '1' then return {0, now} end
                result = 1
                since = slot.since
            elseif slot.stopped == '0' then slots[#slots + 1] = slot end
        end
        local function make_room(group, limit)
            local count = 0
            for _, slot in ipairs(slots) do if not slot.stopped_now and (group == '' or slot.group == group) then count = count + 1 end end
            while count >= limit do
                if ARGV[7] ~= '1' then return false end
                local oldest = nil
                for _, slot in ipairs(slots) do
                    if not slot.stopped_now and (group == '' or slot.group == group) and (not oldest or tonumber(slot.since) < tonumber(oldest.since)) then oldest = slot end
                end
                oldest.stopped_now = true
                result = 3
                count = count - 1
            end
            return true
        end
        if result ~= 1 then
            if not make_room('', tonumber(ARGV[3])) then return {0, now} end
            if ARGV[5] ~= '' and not make_room(ARGV[5], tonumber(ARGV[6])) then return {0, now} end
            for _, slot in ipairs(slots) do
                if slot.stopped_now then redis.call('HSET', KEYS[1], slot.name, slot.untilMs .. '|' .. slot.since .. '|1|' .. slot.group .. '|' .. slot.data) end
            end
        end
        redis.call('HSET', KEYS[1], ARGV[2], string.format('%.0f|%.0f|0|', now + tonumber(ARGV[4]), tonumber(since)) .. ARGV[5] .. '|' .. ARGV[8])
        if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[4]) then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
        return {result, now}
        """;

    /// <summary>KEYS: the slots. ARGV: deadline, session, lifetime in ms. Answers 0 unknown, 1 held, 2 stopped, then the time and the data.</summary>
    public const string RenewSlot = Head + """
        local value = redis.call('HGET', KEYS[1], ARGV[2])
        if not value then return {0, now, ''} end
        local untilMs, since, stopped, group, data = string.match(value, '^(%d+)|(%d+)|(%d)|([^|]*)|(.*)$')
        if tonumber(untilMs) <= now then return {0, now, ''} end
        if stopped == '1' then return {2, now, data} end
        redis.call('HSET', KEYS[1], ARGV[2], string.format('%.0f|', now + tonumber(ARGV[3])) .. since .. '|0|' .. group .. '|' .. data)
        if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
        return {1, now, data}
        """;

    /// <summary>KEYS: the slots. ARGV: deadline, session. Answers 1 where a slot was held, then the time and the data.</summary>
    public const string ReleaseSlot = Head + """
        local value = redis.call('HGET', KEYS[1], ARGV[2])
        if not value then return {0, now, ''} end
        redis.call('HDEL', KEYS[1], ARGV[2])
        local untilMs, since, stopped, group, data = string.match(value, '^(%d+)|(%d+)|(%d)|([^|]*)|(.*)$')
        if tonumber(untilMs) <= now or stopped == '1' then return {0, now, ''} end
        return {1, now, data}
        """;

    /// <summary>KEYS: the token. ARGV: deadline, lifetime in ms.</summary>
    public const string UseToken = Head + """
        if redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[2]) then return {1, now} end
        return {0, now}
        """;

    /// <summary>KEYS: the bucket. ARGV: deadline, burst, permits per second.</summary>
    public const string TakePermit = Head + """
        local burst = tonumber(ARGV[2])
        local rate = tonumber(ARGV[3])
        local state = redis.call('HMGET', KEYS[1], 'permits', 'at')
        local permits = burst
        if state[1] then permits = math.min(burst, tonumber(state[1]) + math.max(0, now - tonumber(state[2])) / 1000 * rate) end
        local granted = 0
        if permits >= 1 then
            permits = permits - 1
            granted = 1
        end
        redis.call('HSET', KEYS[1], 'permits', tostring(permits), 'at', tostring(now))
        redis.call('PEXPIRE', KEYS[1], math.ceil(math.min(burst / rate, 86400) * 1000) + 1000)
        return {granted, now}
        """;

    /// <summary>KEYS: the version. ARGV: deadline. Answers the version (0 if there is none) and the time.</summary>
    public const string GetVersion = Head + """
        return {tonumber(redis.call('GET', KEYS[1]) or '0'), now}
        """;

    /// <summary>KEYS: the version. ARGV: deadline. At least the time in ms, so that a server that lost it never counts the same numbers again.</summary>
    public const string RaiseVersion = Head + """
        local version = math.max(tonumber(redis.call('GET', KEYS[1]) or '0') + 1, now)
        redis.call('SET', KEYS[1], string.format('%.0f', version))
        return {version, now}
        """;
}
