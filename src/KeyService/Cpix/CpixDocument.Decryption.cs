using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DrmHub.Cenc;
using DrmHub.KeyService.Cpix.Xml;

namespace DrmHub.KeyService.Cpix;

/// <summary>The recipient's side of key encryption.</summary>
public sealed partial class CpixDocument
{
    /// <summary>The encrypted keys that a recipient may read, without changing the document. The caller zeroes the values.</summary>
    /// <param name="recipient">A certificate with its private key.</param>
    /// <param name="policy">Which certificates are good enough; default <see cref="CpixCertificatePolicy.Default"/>.</param>
    /// <exception cref="CpixException">Not a recipient, a refused certificate, a wrapped key that does not open, a wrong or missing MAC.</exception>
    public IReadOnlyDictionary<KeyId, byte[]> ReadEncryptedKeys(X509Certificate2 recipient, CpixCertificatePolicy? policy = null)
    {
        ArgumentNullException.ThrowIfNull(recipient);
        CpixCertificates.Judge(recipient, policy ?? CpixCertificatePolicy.Default).Dispose();
        using var rsa = recipient.GetRSAPrivateKey() ?? throw new ArgumentException("The certificate has no private key.", nameof(recipient));
        var delivery = DeliveryData.FirstOrDefault(d => d.CertificateBytes is { } bytes && bytes.AsSpan().SequenceEqual(recipient.RawDataMemory.Span))
            ?? throw new CpixException(CpixCodes.NotRecipient, "The certificate belongs to no recipient of the document.");

        var keys = new Dictionary<KeyId, byte[]>();
        var macKey = UnwrapMacKey(delivery, rsa);
        var documentKeys = new Dictionary<CpixDocumentKey, byte[]>();
        var byKid = delivery.DocumentKeys.SelectMany(static d => d.EncryptsKeys, static (d, kid) => (kid, d)).DistinctBy(static p => p.kid).ToDictionary(static p => p.kid, static p => p.d);
        var general = delivery.DocumentKeys.FirstOrDefault(static d => d.EncryptsKeys.Count == 0);
        try
        {
            foreach (var key in ContentKeys.Where(static k => k.IsEncrypted))
            {
                if (byKid.GetValueOrDefault(key.Kid, general!) is not { } documentKey) continue;
                if (!documentKeys.TryGetValue(documentKey, out var bytes)) documentKeys[documentKey] = bytes = UnwrapDocumentKey(documentKey, rsa);
                keys[key.Kid] = Decrypt(key, bytes, macKey);
            }
        }
        catch
        {
            foreach (var value in keys.Values) CryptographicOperations.ZeroMemory(value);
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(macKey);
            foreach (var value in documentKeys.Values) CryptographicOperations.ZeroMemory(value);
        }

        return keys;
    }

    /// <summary>Replaces the encrypted keys by their clear values and takes the recipients out. Keys that the recipient may not read lose their value.</summary>
    /// <inheritdoc cref="ReadEncryptedKeys" path="/exception"/>
    /// <returns>How many keys are now in the clear.</returns>
    public int DecryptKeys(X509Certificate2 recipient, CpixCertificatePolicy? policy = null)
    {
        var keys = ReadEncryptedKeys(recipient, policy);
        foreach (var key in ContentKeys.Where(static k => k.IsEncrypted))
        {
            if (keys.TryGetValue(key.Kid, out var value))
            {
                key.SetKey(value);
                CryptographicOperations.ZeroMemory(value);
            }
            else
            {
                key.RemoveKey();
            }
        }

        DeliveryData.Clear();
        return keys.Count;
    }

    private static byte[] UnwrapMacKey(CpixDeliveryData delivery, RSA rsa)
    {
        var method = delivery.MacMethod ?? throw new CpixException(CpixCodes.MissingMac, "The recipient has no MACMethod: keys without a MAC are not decrypted.");
        if (method.Get("Algorithm") != XmlNames.HmacSha512) throw new CpixException(CpixCodes.EncryptionAlgorithm, "MACMethod is not HMAC-SHA512.");
        // RFC 6030 calls it pskc:MACKey; CPIX documents in the field have Key in the namespace of CPIX.
        var key = method.Find(XmlNames.Cpix, "Key") ?? method.Find(XmlNames.Pskc, "MACKey") ?? method.Find(XmlNames.Pskc, "Key")
            ?? throw new CpixException(CpixCodes.MissingMac, "MACMethod has no key.");
        var (algorithm, cipher) = CpixSecret.ReadEncrypted(key);
        return Unwrap(algorithm, cipher, rsa, MacKeySize, "MAC key");
    }

    private static byte[] UnwrapDocumentKey(CpixDocumentKey documentKey, RSA rsa)
    {
        if (documentKey.Algorithm is not (null or XmlNames.Aes256Cbc)) throw new CpixException(CpixCodes.EncryptionAlgorithm, "DocumentKey@Algorithm is not AES-256-CBC.");
        var (algorithm, cipher, _) = documentKey.Secret.GetEncryptedValue();
        return Unwrap(algorithm, cipher, rsa, DocumentKeySize, "document key");
    }

    private static byte[] Unwrap(string algorithm, byte[] cipher, RSA rsa, int size, string what)
    {
        if (algorithm != XmlNames.RsaOaepMgf1p) throw new CpixException(CpixCodes.EncryptionAlgorithm, $"The {what} is not wrapped with RSA-OAEP-MGF1P.");
        byte[] bytes;
        try
        {
            bytes = rsa.Decrypt(cipher, RSAEncryptionPadding.OaepSHA1);
        }
        catch (CryptographicException e)
        {
            throw new CpixException(CpixCodes.Decrypt, $"The {what} does not open with this private key.", e);
        }

        if (bytes.Length == size) return bytes;
        CryptographicOperations.ZeroMemory(bytes);
        throw new CpixException(CpixCodes.KeyLength, $"The {what} has {bytes.Length} bytes, not {size}.");
    }

    private static byte[] Decrypt(CpixContentKey key, byte[] documentKey, byte[] macKey)
    {
        var (algorithm, cipher, mac) = key.Secret.GetEncryptedValue();
        if (algorithm != XmlNames.Aes256Cbc) throw new CpixException(CpixCodes.EncryptionAlgorithm, $"The key {key.Kid} is not encrypted with AES-256-CBC.");
        if (mac is null) throw new CpixException(CpixCodes.MissingMac, $"The key {key.Kid} has no MAC.");
        // The MAC comes first, so that padding tells nobody anything.
        if (!CryptographicOperations.FixedTimeEquals(HMACSHA512.HashData(macKey, cipher), mac))
            throw new CpixException(CpixCodes.Mac, $"The MAC of the key {key.Kid} is wrong.");
        if (cipher.Length is < 2 * BlockSize or > 4 * BlockSize || cipher.Length % BlockSize != 0)
            throw new CpixException(CpixCodes.KeyLength, $"The encrypted value of the key {key.Kid} has an impossible length.");
        using var aes = Aes.Create();
        aes.Key = documentKey;
        var padded = aes.DecryptCbc(cipher.AsSpan(BlockSize), cipher.AsSpan(0, BlockSize), PaddingMode.None);
        try
        {
            // XML encryption pads with anything; the last byte counts (https://www.w3.org/TR/xmlenc-core/, 5.2).
            var length = padded.Length - padded[^1];
            return padded[^1] is >= 1 and <= BlockSize && CpixSecret.IsKeyLength(length)
                ? padded[..length]
                : throw new CpixException(CpixCodes.KeyLength, $"The value of the key {key.Kid} is no key.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(padded);
        }
    }
}
