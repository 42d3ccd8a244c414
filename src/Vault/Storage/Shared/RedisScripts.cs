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

    /// <summary>KEYS: the slots. ARGV: deadline, session, limit, lifetime in ms.</summary>
    public const string TakeSlot = Head + """
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
        local held = redis.call('ZSCORE', KEYS[1], ARGV[2])
        if not held and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return {0, now} end
        redis.call('ZADD', KEYS[1], now + tonumber(ARGV[4]), ARGV[2])
        if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[4]) then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
        return {1, now}
        """;

    /// <summary>KEYS: the slots. ARGV: deadline, session.</summary>
    public const string ReleaseSlot = Head + """
        redis.call('ZREM', KEYS[1], ARGV[2])
        return {1, now}
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
