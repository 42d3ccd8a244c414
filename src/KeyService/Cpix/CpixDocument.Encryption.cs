using System.Security.Cryptography;
using DrmHub.Cenc;
using DrmHub.KeyService.Cpix.Xml;

namespace DrmHub.KeyService.Cpix;

/// <summary>How <see cref="CpixDocument.EncryptKeys"/> works.</summary>
public sealed record CpixEncryptionOptions
{
    public static CpixEncryptionOptions Default { get; } = new();

    public CpixCertificatePolicy Certificates { get; init; } = CpixCertificatePolicy.Default;

    /// <summary>
    /// Whether to write <c>DocumentKey@Algorithm</c>. SPEKE asks for it in every version; the XSD of 2.4 refuses it. Null (default)
    /// writes it up to 2.3.
    /// </summary>
    public bool? WriteAlgorithm { get; init; }
}

/// <summary>
/// Key encryption (CPIX 2.4, 7): content keys under document keys (AES-256-CBC, IV first), document keys and the MAC key under the
/// recipients' RSA keys (OAEP with MGF1 and SHA-1), and HMAC-SHA512 over each decoded cipher value.
/// </summary>
public sealed partial class CpixDocument
{
    private const int DocumentKeySize = 32;
    private const int MacKeySize = 64;
    private const int BlockSize = 16;

    /// <summary>Encrypts every clear key for the recipients of <see cref="DeliveryData"/>, each of which gets what it may read.</summary>
    /// <exception cref="CpixException">No recipients, a refused certificate, keys that are encrypted already, or one that nobody may read.</exception>
    public void EncryptKeys(CpixEncryptionOptions? options = null)
    {
        options ??= CpixEncryptionOptions.Default;
        if (DeliveryData.Count == 0) throw new CpixException(CpixCodes.EncryptionState, "The document has no recipients.");
        if (ContentKeys.Any(static k => k.IsEncrypted)) throw new CpixException(CpixCodes.EncryptionState, "The keys are encrypted already.");
        var recipients = new CpixRecipientKeys.Lease?[DeliveryData.Count];
        var macKey = RandomNumberGenerator.GetBytes(MacKeySize);
        try
        {
            for (var i = 0; i < recipients.Length; i++)
                recipients[i] = CpixRecipientKeys.Rent(DeliveryData[i].CertificateBytes, options.Certificates);

            var groups = GroupKeys();
            for (var i = 0; i < recipients.Length; i++)
            {
                DeliveryData[i].ClearKeys();
                var method = DeliveryData[i].AddChild("MACMethod");
                method.Set("Algorithm", XmlNames.HmacSha512);
                var key = NewElement(method, XmlNames.Cpix, "Key");
                method.Append(key);
                CpixSecret.WriteEncrypted(this, key, XmlNames.RsaOaepMgf1p, recipients[i]!.Wrap(macKey));
            }

            foreach (var (readers, keys) in groups) EncryptGroup(readers, keys, groups.Count > 1, recipients, macKey, options);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(macKey);
            foreach (var lease in recipients) lease?.Dispose();
        }
    }

    // Keys with the same readers share a document key; without keys there is still one, so that a recipient can add some.
    private List<(int[] Readers, List<CpixContentKey> Keys)> GroupKeys()
    {
        var all = Enumerable.Range(0, DeliveryData.Count).ToArray();
        var clear = ContentKeys.Where(static k => k.HasPlainValue).ToList();
        if (DeliveryData.All(static d => d.AllowedKids is null)) return [(all, clear)];
        var groups = new Dictionary<string, (int[] Readers, List<CpixContentKey> Keys)>(StringComparer.Ordinal);
        foreach (var key in clear)
        {
            var readers = all.Where(i => DeliveryData[i].AllowedKids?.Contains(key.Kid) ?? true).ToArray();
            if (readers.Length == 0) throw new CpixException(CpixCodes.EncryptionState, $"No recipient may read the key {key.Kid}.");
            var name = string.Join(',', readers);
            if (!groups.TryGetValue(name, out var group)) groups[name] = group = (readers, []);
            group.Keys.Add(key);
        }

        return [.. groups.Values];
    }

    private void EncryptGroup(int[] readers, List<CpixContentKey> keys, bool isOneOfSeveral, CpixRecipientKeys.Lease?[] recipients, byte[] macKey, CpixEncryptionOptions options)
    {
        var documentKey = RandomNumberGenerator.GetBytes(DocumentKeySize);
        try
        {
            foreach (var reader in readers)
            {
                var element = DeliveryData[reader].AddDocumentKey();
                if (options.WriteAlgorithm ?? Version is not "2.4") element.Algorithm = XmlNames.Aes256Cbc;
                if (isOneOfSeveral) element.EncryptsKeys = [.. keys.Select(static k => k.Kid)];
                var wrapped = recipients[reader]!.Wrap(documentKey);
                element.EnsureSecret().SetEncryptedValue(XmlNames.RsaOaepMgf1p, wrapped, mac: null);
            }

            using var aes = Aes.Create();
            aes.Key = documentKey;
            foreach (var key in keys) Encrypt(key, aes, macKey);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(documentKey);
        }
    }

    private static void Encrypt(CpixContentKey key, Aes aes, byte[] macKey)
    {
        var clear = key.GetKeyBytes()!;
        try
        {
            var cipher = new byte[BlockSize + aes.GetCiphertextLengthCbc(clear.Length)];
            RandomNumberGenerator.Fill(cipher.AsSpan(0, BlockSize));
            aes.EncryptCbc(clear, cipher.AsSpan(0, BlockSize), cipher.AsSpan(BlockSize));
            key.Secret.SetEncryptedValue(XmlNames.Aes256Cbc, cipher, HMACSHA512.HashData(macKey, cipher));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(clear);
        }
    }
}
