using System.Net;
using System.Net.Sockets;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage.Shared;
using Microsoft.Extensions.Options;

namespace DrmHub.LicenseProxy.Limits;

/// <summary>Keeps one address or one subscriber from taking the door for itself.</summary>
internal sealed class RequestLimits(ISharedState shared, TimeProvider time, IOptions<LicenseProxyOptions> options) : IAsyncDisposable
{
    private readonly LimitOptions _limits = options.Value.Limits;

    /// <summary>Of this node: the first check must cost next to nothing.</summary>
    private readonly InProcessSharedState _local = new(time);

    /// <summary>One refusal in so many seconds and bucket goes into the audit log, or a flood would fill it.</summary>
    private static readonly double RecordPerSecond = 1.0 / 60;

    public async ValueTask<Refusal?> CheckAddressAsync(IPAddress? address)
    {
        if (_limits.AddressPerSecond == 0 || address is null || IPAddress.IsLoopback(address)) return null;
        var answer = await _local.TakePermitAsync("address:" + NetworkOf(address), _limits.AddressBurst, _limits.AddressPerSecond);
        return answer.IsGranted ? null : Limited(_limits.AddressPerSecond);
    }

    public async ValueTask<Refusal?> CheckSubscriberAsync(string subscriber, LicenseRecord? record, CancellationToken cancellationToken)
    {
        if (_limits.SubscriberPerSecond == 0) return null;
        var answer = await shared.TakePermitAsync("player:" + subscriber, _limits.SubscriberBurst, _limits.SubscriberPerSecond, cancellationToken);
        if (answer.IsDegraded) record?.Note("rate_limit", answer.Source.ToString());
        return answer.IsGranted ? null : Limited(_limits.SubscriberPerSecond);
    }

    /// <summary>Whether this refusal is to be recorded.</summary>
    public async ValueTask<bool> IsRecordedAsync(string whose) => (await _local.TakePermitAsync("record:" + whose, 1, RecordPerSecond)).IsGranted;

    /// <summary>A customer of an IPv6 provider has a /64 to itself.</summary>
    public static string NetworkOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address.ToString();
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return Convert.ToHexStringLower(bytes[..8]);
    }

    public ValueTask DisposeAsync() => _local.DisposeAsync();

    private static Refusal Limited(double perSecond) => new(ReasonCodes.RateLimited, "Too many requests.") { RetryAfter = TimeSpan.FromSeconds(Math.Clamp(1 / perSecond, 1, 3600)) };
}
