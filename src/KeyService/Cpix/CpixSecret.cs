using System.Security.Cryptography;
using DrmHub.KeyService.Cpix.Xml;

namespace DrmHub.KeyService.Cpix;

/// <summary><c>Data/pskc:Secret</c> (RFC 6030, 4.2.1): a plain value, or an encrypted value with its MAC.</summary>
internal sealed class CpixSecret(CpixDocument document, XmlNode? data)
{
    private readonly XmlNode? _data = data;

    /// <summary>
    /// Of a content key or a document key. Loading is lenient in how often things are there, but not here: readers differ in which of two keys counts, and whoever
    /// encrypts a document would leave the other one in the clear.
    /// </summary>
    /// <exception cref="CpixException"><c>cpix.element</c>: more than one Data, Secret or value, or a plain value beside an encrypted one.</exception>
    public static CpixSecret Of(CpixDocument document, XmlNode owner)
    {
        // Some writers put Data into the PSKC namespace, from which its type comes.
        var data = Only(owner, owner, XmlNames.Cpix, XmlNames.Pskc, "Data");
        if (data is not null && Only(owner, data, XmlNames.Pskc, XmlNames.Pskc, "Secret") is { } secret)
        {
            var plain = Only(owner, secret, XmlNames.Pskc, XmlNames.Pskc, "PlainValue");
            var encrypted = Only(owner, secret, XmlNames.Pskc, XmlNames.Pskc, "EncryptedValue");
            Only(owner, secret, XmlNames.Pskc, XmlNames.Pskc, "ValueMAC");
            if (plain is { IsBlank: false } && encrypted is not null) throw new CpixException(CpixCodes.Element, $"{owner.LocalName} has its key in the clear and encrypted.");
        }

        return new CpixSecret(document, data);
    }

    public bool IsPresent => _data is not null;

    public bool HasPlainValue => Secret?.Find(XmlNames.Pskc, "PlainValue") is { IsBlank: false };

    public bool IsEncrypted => Secret?.Find(XmlNames.Pskc, "EncryptedValue") is not null;

    private XmlNode? Secret => _data?.Find(XmlNames.Pskc, "Secret");

    public static bool IsKeyLength(int length) => length is 16 or 24 or 32;

    public byte[]? GetPlainValue()
    {
        if (Secret?.Find(XmlNames.Pskc, "PlainValue") is not { IsBlank: false } value) return null;
        var bytes = XmlValues.Base64(value.Text(), "PlainValue");
        if (IsKeyLength(bytes.Length)) return bytes;
        CryptographicOperations.ZeroMemory(bytes);
        throw new CpixException(CpixCodes.KeyLength, $"PlainValue has {bytes.Length} bytes; a key has 16, 24 or 32, as base64.");
    }

    public void SetPlainValue(ReadOnlySpan<byte> key)
    {
        var secret = NewSecret();
        var value = document.NewElement(secret, XmlNames.Pskc, "PlainValue");
        value.SetText(Convert.ToBase64String(key));
        secret.Append(value);
    }

    /// <returns>The algorithm, the decoded cipher value, and the decoded MAC where there is one.</returns>
    public (string Algorithm, byte[] CipherValue, byte[]? Mac) GetEncryptedValue()
    {
        var encrypted = Secret?.Find(XmlNames.Pskc, "EncryptedValue")
            ?? throw new CpixException(CpixCodes.EncryptionState, "There is no encrypted value.");
        var (algorithm, cipher) = ReadEncrypted(encrypted);
        var mac = Secret!.Find(XmlNames.Pskc, "ValueMAC");
        return (algorithm, cipher, mac is null ? null : XmlValues.Base64(mac.Text(), "ValueMAC"));
    }

    public void SetEncryptedValue(string algorithm, byte[] cipher, byte[]? mac)
    {
        var secret = NewSecret();
        var encrypted = document.NewElement(secret, XmlNames.Pskc, "EncryptedValue");
        secret.Append(encrypted);
        WriteEncrypted(document, encrypted, algorithm, cipher);
        if (mac is null) return;
        var value = document.NewElement(secret, XmlNames.Pskc, "ValueMAC");
        value.SetText(Convert.ToBase64String(mac));
        secret.Append(value);
    }

    public void Remove()
    {
        if (Secret is { } secret) _data!.Remove(secret);
    }

    /// <summary>Reads the content of an element of <c>xenc:EncryptedDataType</c>.</summary>
    public static (string Algorithm, byte[] CipherValue) ReadEncrypted(XmlNode encrypted)
    {
        var method = encrypted.Find(XmlNames.Xenc, "EncryptionMethod");
        var algorithm = method?.Get("Algorithm")
            ?? throw new CpixException(CpixCodes.EncryptionAlgorithm, $"{encrypted.LocalName} names no encryption algorithm.");
        // OAEP with another digest or with a label is a different algorithm under the same name.
        var digest = method.Find(XmlNames.Dsig, "DigestMethod")?.Get("Algorithm");
        if (digest is not (null or XmlNames.Sha1)) throw new CpixException(CpixCodes.EncryptionAlgorithm, "Key transport with a digest other than SHA-1 is not supported.");
        if (method.Find(XmlNames.Xenc, "OAEPparams") is { IsBlank: false }) throw new CpixException(CpixCodes.EncryptionAlgorithm, "OAEP parameters are not supported.");
        var value = encrypted.Find(XmlNames.Xenc, "CipherData")?.Find(XmlNames.Xenc, "CipherValue")
            ?? throw new CpixException(CpixCodes.Element, $"{encrypted.LocalName} has no CipherValue.");
        return (algorithm, XmlValues.Base64(value.Text(), "CipherValue"));
    }

    public static void WriteEncrypted(CpixDocument document, XmlNode encrypted, string algorithm, byte[] cipher)
    {
        encrypted.RemoveChildren();
        var method = document.NewElement(encrypted, XmlNames.Xenc, "EncryptionMethod");
        method.Set("Algorithm", algorithm);
        encrypted.Append(method);
        var data = document.NewElement(encrypted, XmlNames.Xenc, "CipherData");
        encrypted.Append(data);
        var value = document.NewElement(data, XmlNames.Xenc, "CipherValue");
        value.SetText(Convert.ToBase64String(cipher));
        data.Append(value);
    }

    private static XmlNode? Only(XmlNode owner, XmlNode parent, string namespaceUri, string otherNamespace, string localName)
    {
        XmlNode? only = null;
        foreach (var node in parent.Children)
        {
            if (node is not XmlNode child || child.LocalName != localName || (child.NamespaceUri != namespaceUri && child.NamespaceUri != otherNamespace)) continue;
            if (only is not null) throw new CpixException(CpixCodes.Element, $"{owner.LocalName} has more than one {localName}.");
            only = child;
        }

        return only;
    }

    private XmlNode NewSecret()
    {
        var secret = Secret;
        if (secret is null)
        {
            secret = document.NewElement(_data!, XmlNames.Pskc, "Secret");
            _data!.Insert(0, secret);
        }

        secret.RemoveChildren();
        return secret;
    }
}
