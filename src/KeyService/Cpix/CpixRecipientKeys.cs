using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace DrmHub.KeyService.Cpix;

/// <summary>
/// The public keys of recent recipients. Parsing a certificate costs ten times what wrapping a key does, and packagers send the same one
/// each time. An RSA object is used by one caller at a time; certificates are told apart by their SHA-256.
/// </summary>
internal static class CpixRecipientKeys
{
    private const int MaxRecipients = 256;
    private const int MaxIdlePerRecipient = 16;
    private static readonly ConcurrentDictionary<string, Entry> Entries = new(StringComparer.Ordinal);

    /// <exception cref="CpixException">No certificate, or one that the policy refuses.</exception>
    public static Lease Rent(byte[]? certificateBytes, CpixCertificatePolicy policy)
    {
        if (certificateBytes is null) throw NoCertificate();
        var name = Convert.ToHexString(SHA256.HashData(certificateBytes));
        if (!Entries.TryGetValue(name, out var entry))
        {
            entry = Entry.Load(certificateBytes);
            // Whoever sends ever new certificates costs the others a parse, not memory.
            if (Entries.Count >= MaxRecipients) Entries.Clear();
            entry = Entries.GetOrAdd(name, entry);
        }

        entry.Facts.Judge(policy);
        return new Lease(entry, entry.Idle.TryTake(out var idle) ? idle : CpixCertificates.Guard(() => RSA.Create(entry.Parameters)));
    }

    public static CpixException NoCertificate() => new(CpixCodes.Certificate, "DeliveryKey has no X509Certificate.");

    /// <summary>The right to use one public key; disposing gives it back.</summary>
    internal sealed class Lease(Entry entry, RSA rsa) : IDisposable
    {
        private RSA? _rsa = rsa;

        /// <summary>RSA-OAEP with MGF1 and SHA-1, as CPIX prescribes for key transport.</summary>
        public byte[] Wrap(byte[] key) => CpixCertificates.Guard(() => _rsa!.Encrypt(key, RSAEncryptionPadding.OaepSHA1));

        public void Dispose()
        {
            if (_rsa is not { } rsa) return;
            _rsa = null;
            if (entry.Idle.Count < MaxIdlePerRecipient) entry.Idle.Add(rsa);
            else rsa.Dispose();
        }
    }

    internal sealed record Entry(CpixCertificates.Facts Facts, RSAParameters Parameters)
    {
        public ConcurrentBag<RSA> Idle { get; } = [];

        public static Entry Load(byte[] certificateBytes)
        {
            using var certificate = CpixCertificates.Load(certificateBytes);
            using var rsa = CpixCertificates.GetKey(certificate);
            return new Entry(CpixCertificates.Facts.Of(certificate, rsa), rsa is null ? default : CpixCertificates.Guard(() => rsa.ExportParameters(includePrivateParameters: false)));
        }
    }
}
