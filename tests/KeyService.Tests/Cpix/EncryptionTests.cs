using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using DrmHub.Cenc;
using DrmHub.KeyService.Cpix;
using static DrmHub.KeyService.Tests.Cpix.ModelTests;

namespace DrmHub.KeyService.Tests.Cpix;

public sealed class EncryptionTests
{
    private static readonly KeyId First = KeyId.Parse(Kid1);
    private static readonly KeyId Second = KeyId.Parse(Kid2);
    private static readonly byte[] FirstKey = Convert.FromHexString("0123456789abcdef0123456789abcdef");
    private static readonly byte[] SecondKey = Convert.FromHexString("fedcba9876543210fedcba9876543210");

    [Fact]
    public void Every_recipient_reads_every_key()
    {
        var document = TwoKeys();
        document.AddRecipient(TestCertificates.WithoutKey(TestCertificates.A)).ReceivingEntity = "packager";
        document.AddRecipient(TestCertificates.WithoutKey(TestCertificates.B));
        document.EncryptKeys();
        var text = Text(document);
        Assert.DoesNotContain("PlainValue", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(FirstKey), text, StringComparison.Ordinal);
        Assert.Contains("<cpix:DocumentKey Algorithm=\"http://www.w3.org/2001/04/xmlenc#aes256-cbc\">", text, StringComparison.Ordinal);
        foreach (var recipient in new[] { TestCertificates.A, TestCertificates.B })
        {
            var again = CpixDocument.Load(Encoding.UTF8.GetBytes(text));
            Assert.Empty(again.Validate());
            Assert.Equal(2, again.DecryptKeys(recipient));
            Assert.Equal(FirstKey, again.FindKey(First)!.GetKeyBytes());
            Assert.Equal(SecondKey, again.FindKey(Second)!.GetKeyBytes());
            Assert.DoesNotContain("DeliveryData", Text(again), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Recipients_with_different_keys_get_different_document_keys()
    {
        var document = TwoKeys();
        document.AddRecipient(TestCertificates.A);
        document.AddRecipient(TestCertificates.B, new HashSet<KeyId> { Second });
        document.EncryptKeys();
        var again = CpixDocument.Load(document.Save());
        Assert.Equal(2, again.DeliveryData[0].DocumentKeys.Count);
        Assert.Equal([Second], Assert.Single(again.DeliveryData[1].DocumentKeys).EncryptsKeys);
        Assert.Equal(2, again.ReadEncryptedKeys(TestCertificates.A).Count);
        Assert.Equal([Second], again.ReadEncryptedKeys(TestCertificates.B).Keys);
        Assert.Equal(1, again.DecryptKeys(TestCertificates.B));
        Assert.False(again.FindKey(First)!.HasPlainValue);
        Assert.False(again.FindKey(First)!.IsEncrypted);
    }

    [Fact]
    public void A_request_with_a_certificate_alone_is_answered_encrypted()
    {
        var document = Parse($"""
            <cpix:DeliveryDataList><cpix:DeliveryData><cpix:DeliveryKey><ds:X509Data xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Certificate>
            {Convert.ToBase64String(TestCertificates.A.RawData, Base64FormattingOptions.InsertLineBreaks)}
            </ds:X509Certificate></ds:X509Data></cpix:DeliveryKey></cpix:DeliveryData></cpix:DeliveryDataList>
            <cpix:ContentKeyList><cpix:ContentKey kid="{Kid1}"/></cpix:ContentKeyList>
            """, "contentId=\"c\" version=\"2.3\"");
        document.ContentKeys[0].SetKey(FirstKey);
        document.EncryptKeys();
        Assert.Equal(FirstKey, CpixDocument.Load(document.Save(keepOrder: true)).ReadEncryptedKeys(TestCertificates.A)[First]);
    }

    [Fact]
    public void The_algorithm_attribute_is_for_speke_and_not_for_the_xsd_of_2_4()
    {
        foreach (var (version, option, expected) in new (string, bool?, bool)[] { ("2.3", null, true), ("2.4", null, false), ("2.4", true, true), ("2.3", false, false) })
        {
            var document = CpixDocument.Create(version, "c");
            document.AddContentKey(First).SetKey(FirstKey);
            document.AddRecipient(TestCertificates.A);
            document.EncryptKeys(new CpixEncryptionOptions { WriteAlgorithm = option });
            Assert.Equal(expected, document.DeliveryData[0].DocumentKeys[0].Algorithm is not null);
        }
    }

    [Fact]
    public void A_changed_cipher_value_or_mac_is_refused()
    {
        var document = OneEncryptedKey();
        var text = Text(document);
        var cipher = Between(text, "ContentKeyList", "<enc:CipherValue>", "</enc:CipherValue>");
        var mac = Between(text, "ContentKeyList", "<pskc:ValueMAC>", "</pskc:ValueMAC>");
        foreach (var value in new[] { cipher, mac })
        {
            var bytes = Convert.FromBase64String(value);
            bytes[3] ^= 1;
            var broken = CpixDocument.Load(Encoding.UTF8.GetBytes(text.Replace(value, Convert.ToBase64String(bytes), StringComparison.Ordinal)));
            Assert.Equal(CpixCodes.Mac, Assert.Throws<CpixException>(() => broken.ReadEncryptedKeys(TestCertificates.A)).Code);
        }

        var shorter = CpixDocument.Load(Encoding.UTF8.GetBytes(text.Replace(mac, Convert.ToBase64String(new byte[8]), StringComparison.Ordinal)));
        Assert.Equal(CpixCodes.Mac, Assert.Throws<CpixException>(() => shorter.ReadEncryptedKeys(TestCertificates.A)).Code);
        var without = CpixDocument.Load(Encoding.UTF8.GetBytes(text.Replace($"<pskc:ValueMAC>{mac}</pskc:ValueMAC>", "", StringComparison.Ordinal)));
        Assert.Equal(CpixCodes.MissingMac, Assert.Throws<CpixException>(() => without.ReadEncryptedKeys(TestCertificates.A)).Code);
    }

    [Theory]
    [InlineData("#rsa-oaep-mgf1p", "#rsa-1_5")]
    [InlineData("#aes256-cbc", "#tripledes-cbc")]
    [InlineData("#hmac-sha512", "#hmac-md5")]
    public void Other_algorithms_are_refused(string good, string bad)
    {
        var text = Text(OneEncryptedKey()).Replace(good, bad, StringComparison.Ordinal);
        var document = CpixDocument.Load(Encoding.UTF8.GetBytes(text));
        Assert.Equal(CpixCodes.EncryptionAlgorithm, Assert.Throws<CpixException>(() => document.ReadEncryptedKeys(TestCertificates.A)).Code);
    }

    [Fact]
    public void A_wrapped_key_of_someone_else_does_not_open()
    {
        var text = Text(OneEncryptedKey());
        var swapped = text.Replace(Convert.ToBase64String(TestCertificates.A.RawData), Convert.ToBase64String(TestCertificates.B.RawData), StringComparison.Ordinal);
        var document = CpixDocument.Load(Encoding.UTF8.GetBytes(swapped));
        Assert.Equal(CpixCodes.Decrypt, Assert.Throws<CpixException>(() => document.ReadEncryptedKeys(TestCertificates.B)).Code);
    }

    [Fact]
    public void Misuse_is_refused()
    {
        var document = TwoKeys();
        Assert.Equal(CpixCodes.EncryptionState, Assert.Throws<CpixException>(() => document.EncryptKeys()).Code);
        document.AddRecipient(TestCertificates.A, new HashSet<KeyId> { First });
        Assert.Equal(CpixCodes.EncryptionState, Assert.Throws<CpixException>(() => document.EncryptKeys()).Code);
        var once = OneEncryptedKey();
        Assert.Equal(CpixCodes.EncryptionState, Assert.Throws<CpixException>(() => once.EncryptKeys()).Code);
        Assert.Throws<ArgumentException>(() => once.ReadEncryptedKeys(TestCertificates.WithoutKey(TestCertificates.A)));
        Assert.Throws<ArgumentException>(() => document.ContentKeys[0].SetKey(new byte[15]));
        Assert.Throws<ArgumentException>(() => document.ContentKeys[0].ExplicitIV = new byte[8]);
    }

    [Theory]
    [InlineData(1024, "SHA256", false, false)]
    [InlineData(2048, "SHA256", true, true)]
    [InlineData(2048, "SHA384", false, true)]
    public void Weak_certificates_get_no_keys(int bits, string hash, bool pss, bool isGood)
    {
        using var certificate = TestCertificates.Make("CN=x", bits, hash, pss);
        var document = CpixDocument.Create("2.3");
        document.AddContentKey(First).SetKey(FirstKey);
        document.AddRecipient(certificate);
        if (isGood) document.EncryptKeys();
        else Assert.Equal(CpixCodes.WeakCertificate, Assert.Throws<CpixException>(() => document.EncryptKeys()).Code);
        Assert.Equal(isGood, document.ContentKeys[0].IsEncrypted);
    }

    [Theory]
    [InlineData("300d06092a864886f70d0101050500", false)] // RSA with SHA-1
    [InlineData("300906052b0e03021d0500", false)] // the same under its older name
    [InlineData("300d06092a864886f70d0101040500", false)] // RSA with MD5
    [InlineData("300d06092a864886f70d01010a3000", false)] // RSA-PSS, whose hash is SHA-1 where it is not named
    [InlineData("300b06092a864886f70d01010a", false)]
    [InlineData("300d06092a864886f70d01010d0500", true)]
    public void The_algorithm_that_signed_the_certificate_counts(string algorithm, bool isGood)
    {
        using var certificate = TestCertificates.MakeSignedWith(Convert.FromHexString(algorithm));
        var document = CpixDocument.Create("2.3");
        document.AddContentKey(First).SetKey(FirstKey);
        document.AddRecipient(certificate);
        if (isGood) document.EncryptKeys();
        else Assert.Equal(CpixCodes.WeakCertificate, Assert.Throws<CpixException>(() => document.EncryptKeys()).Code);
        Assert.Equal(isGood, document.ContentKeys[0].IsEncrypted);
    }

    [Fact]
    public void Certificates_that_are_broken_anywhere_are_refused_with_a_code()
    {
        // Found by mutation: the framework reads dates and keys of a certificate late, and throws late.
        var good = TestCertificates.A.RawData;
        var outcomes = new HashSet<string>();
        for (var i = 0; i < good.Length; i += 3)
        {
            var bytes = (byte[])good.Clone();
            bytes[i] ^= 0x55;
            var document = Parse($"""
                <cpix:DeliveryDataList><cpix:DeliveryData><cpix:DeliveryKey><ds:X509Data xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Certificate>
                {Convert.ToBase64String(bytes)}</ds:X509Certificate></ds:X509Data></cpix:DeliveryKey></cpix:DeliveryData></cpix:DeliveryDataList>
                """);
            document.Validate();
            try
            {
                document.EncryptKeys();
                outcomes.Add("");
            }
            catch (CpixException e)
            {
                outcomes.Add(e.Code);
            }
        }

        Assert.Contains(CpixCodes.Certificate, outcomes);
        Assert.Subset(new HashSet<string> { "", CpixCodes.Certificate, CpixCodes.WeakCertificate }, outcomes);
    }

    [Fact]
    public void An_elliptic_curve_or_expired_certificate_gets_no_keys()
    {
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var elliptic = new CertificateRequest("CN=x", curve, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(90));
        var document = CpixDocument.Create("2.3");
        document.AddContentKey(First).SetKey(FirstKey);
        document.AddRecipient(elliptic);
        Assert.Equal(CpixCodes.WeakCertificate, Assert.Throws<CpixException>(() => document.EncryptKeys()).Code);

        document.DeliveryData.Clear();
        document.AddRecipient(TestCertificates.A);
        var late = new CpixEncryptionOptions { Certificates = new CpixCertificatePolicy { At = new DateTimeOffset(2050, 1, 1, 0, 0, 0, TimeSpan.Zero) } };
        Assert.Equal(CpixCodes.CertificateTime, Assert.Throws<CpixException>(() => document.EncryptKeys(late)).Code);
    }

    private static CpixDocument TwoKeys()
    {
        var document = CpixDocument.Create("2.3", "c");
        document.AddContentKey(First).SetKey(FirstKey);
        document.AddContentKey(Second).SetKey(SecondKey);
        return document;
    }

    private static CpixDocument OneEncryptedKey()
    {
        var document = CpixDocument.Create("2.3", "c");
        document.AddContentKey(First).SetKey(FirstKey);
        document.AddRecipient(TestCertificates.A);
        document.EncryptKeys();
        return document;
    }

    private static string Between(string text, string after, string open, string close)
    {
        var start = text.IndexOf(open, text.IndexOf(after, StringComparison.Ordinal), StringComparison.Ordinal) + open.Length;
        return text[start..text.IndexOf(close, start, StringComparison.Ordinal)];
    }
}
