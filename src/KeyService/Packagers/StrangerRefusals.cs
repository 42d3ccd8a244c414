using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using DrmHub.Vault.Audit;
using Microsoft.AspNetCore.Http;

namespace DrmHub.KeyService.Packagers;

/// <summary>
/// Records refusals of key requests. Those of strangers are counted by address (IPv6: by /64): twenty at once and then one a second each
/// become entries of the audit log, which would else be theirs to fill. What is not recorded by itself is told as a number in the next
/// entry of the address. The stranger is refused all the same.
/// </summary>
internal sealed class StrangerRefusals(KeyIssuer issuer, TimeProvider time)
{
    private const int Burst = 20;
    private const int MaxAddresses = 4096;

    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, Address> _addresses = [];

    /// <param name="packager">Null for a stranger; a packager that is known has its rate.</param>
    /// <exception cref="AuditUnavailableException">The log cannot be written.</exception>
    public Task RecordAsync(HttpContext http, string? contentId, string? packager, string protocol, string reason, CancellationToken cancellationToken)
    {
        long unrecorded = 0;
        if (packager is null) http.Features.Set(CredentialRefused.Instance);
        return packager is null && !Take(http.Connection.RemoteIpAddress, out unrecorded)
            ? Task.CompletedTask
            : issuer.RefuseAsync(contentId, packager, protocol, reason, cancellationToken, unrecorded);
    }

    /// <param name="unrecorded">Refusals of the address since the last one that was recorded.</param>
    /// <returns>Whether this one is to be recorded.</returns>
    internal bool Take(IPAddress? from, out long unrecorded)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var key = KeyOf(from);
            if (!_addresses.TryGetValue(key, out var address))
            {
                if (_addresses.Count >= MaxAddresses) Forget(now);
                // Where strangers have that many addresses, those that are new share one.
                if (_addresses.Count >= MaxAddresses) key = UInt128.MaxValue;
                if (!_addresses.TryGetValue(key, out address)) _addresses[key] = address = new Address { Next = now };
            }

            var second = time.TimestampFrequency;
            var next = Math.Max(address.Next, now);
            if (next - now > (Burst - 1) * second)
            {
                address.Unrecorded++;
                unrecorded = 0;
                return false;
            }

            address.Next = next + second;
            (unrecorded, address.Unrecorded) = (address.Unrecorded, 0);
            return true;
        }
    }

    private void Forget(long now)
    {
        foreach (var (key, address) in _addresses)
        {
            if (address.Next <= now && address.Unrecorded == 0) _addresses.Remove(key);
        }
    }

    private static UInt128 KeyOf(IPAddress? address)
    {
        if (address is null) return 0;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        address.TryWriteBytes(bytes, out _);
        if (address.AddressFamily == AddressFamily.InterNetworkV6) bytes[8..].Clear();
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    private sealed class Address
    {
        public long Next { get; set; }

        public long Unrecorded { get; set; }
    }
}
