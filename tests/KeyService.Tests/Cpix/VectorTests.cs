using System.Text;
using DrmHub.Cenc;
using DrmHub.KeyService.Cpix;
using DrmHub.KeyService.Cpix.Xml;

namespace DrmHub.KeyService.Tests.Cpix;

public sealed class VectorTests
{
    public static TheoryData<string> AllFiles()
    {
        var data = new TheoryData<string>();
        foreach (var file in CpixVectors.All()) data.Add(file);
        if (CpixVectors.Root is null) data.Add("absent");
        return data;
    }

    [SkippableTheory]
    [MemberData(nameof(AllFiles))]
    public void Every_document_loads_and_means_the_same_after_saving(string file)
    {
        CpixVectors.SkipIfAbsent();
        var document = CpixDocument.Load(CpixVectors.Read(file.Split('/')));
        Assert.Equal(0, document.Root.ChangeCount);
        foreach (var keepOrder in new[] { true, false })
        {
            var again = CpixDocument.Load(CpixDocument.Load(CpixVectors.Read(file.Split('/'))).Save(keepOrder));
            Assert.Equal(document.ContentId, again.ContentId);
            Assert.Equal(document.Id, again.Id);
            Assert.Equal(document.Version, again.Version);
            Assert.Equal(document.ContentKeys.Select(Describe), again.ContentKeys.Select(Describe));
            Assert.Equal(document.DrmSystems.Select(s => (s.SystemId, s.Kid, s.HlsSignaling.Count)), again.DrmSystems.Select(s => (s.SystemId, s.Kid, s.HlsSignaling.Count)));
            Assert.Equal(document.Periods.Select(p => (p.Id, p.Index, p.Start, p.End)), again.Periods.Select(p => (p.Id, p.Index, p.Start, p.End)));
            Assert.Equal(document.UsageRules.SelectMany(Describe), again.UsageRules.SelectMany(Describe));
            Assert.Equal(document.Signatures.Count, again.Signatures.Count);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(AllFiles))]
    public void Saving_in_order_of_arrival_keeps_the_canonical_bytes(string file)
    {
        CpixVectors.SkipIfAbsent();
        var bytes = CpixVectors.Read(file.Split('/'));
        var before = CpixDocument.Load(bytes);
        var after = CpixDocument.Load(CpixDocument.Load(bytes).Save(keepOrder: true));
        Assert.Equal(
            Encoding.UTF8.GetString(Canonicalizer.Document(before.Tree, version11: false, omitted: null)),
            Encoding.UTF8.GetString(Canonicalizer.Document(after.Tree, version11: false, omitted: null)));
    }

    [SkippableFact]
    public void The_clear_keys_are_there()
    {
        CpixVectors.SkipIfAbsent();
        var document = CpixVectors.Load("ClearContentKeysOnly");
        Assert.NotEmpty(document.ContentKeys);
        Assert.All(document.ContentKeys, k => Assert.True(k.HasPlainValue));
        using var key = document.FindKey(KeyId.Parse("40d02dd1-61a3-4787-a155-572325d47b80"))!.GetKey();
        Assert.Equal(16, key!.Bytes.Length);
        Assert.Empty(document.Validate());
    }

    [SkippableFact]
    public void The_empty_document_is_empty()
    {
        CpixVectors.SkipIfAbsent();
        var document = CpixVectors.Load("EmptyDocument");
        Assert.Empty(document.ContentKeys);
        Assert.False(document.ContentKeys.IsPresent);
        Assert.Equal(0, document.VerifySignatures());
        Assert.Empty(document.Validate());
    }

    [SkippableFact]
    public void Encrypted_keys_open_with_the_recipient_s_private_key()
    {
        CpixVectors.SkipIfAbsent();
        using var recipient = CpixVectors.Pfx("Cert1");
        var keys = CpixVectors.Load("EncryptedContentKeys").ReadEncryptedKeys(recipient);
        var expected = new Dictionary<string, string>
        {
            ["bd5adf51-cf04-410f-aac3-ec63a69e929e"] = "3rWoHYasQubO6HbJGrGtLw==",
            ["d2920429-87ab-41e6-a4c5-a8c836b6312e"] = "O5w9FdZiwmQK4uIXzAziaQ==",
            ["e17ba4b8-faff-4d30-bcba-7485e3f2e884"] = "Cwu/3hSBBRQ7SurBdZD5ow==",
            ["0ae6b9ad-92d2-4ebe-882b-1d07dee70715"] = "FB6/Eck9Y9SXy6bY8UU/Mw==",
        };
        Assert.Equal(expected, keys.ToDictionary(k => k.Key.ToString(), k => Convert.ToBase64String(k.Value)));
    }

    [SkippableTheory]
    [InlineData("Complex")]
    [InlineData("EvenMoreComplex")]
    public void Both_recipients_of_the_complex_documents_read_the_same_keys(string name)
    {
        CpixVectors.SkipIfAbsent();
        using var first = CpixVectors.Pfx("Cert1");
        using var second = CpixVectors.Pfx("Cert2");
        using var stranger = CpixVectors.Pfx("Cert3");
        var document = CpixVectors.Load(name);
        var keys = document.ReadEncryptedKeys(first);
        Assert.Equal(document.ContentKeys.Count, keys.Count);
        Assert.Equal(keys, document.ReadEncryptedKeys(second));
        Assert.Equal(CpixCodes.NotRecipient, Assert.Throws<CpixException>(() => document.ReadEncryptedKeys(stranger)).Code);
    }

    [SkippableTheory]
    [InlineData("Complex", "Cert4", 9)]
    [InlineData("EvenMoreComplex", "Cert1", 6)]
    public void All_signatures_of_the_complex_documents_verify_also_after_saving(string name, string certificate, int count)
    {
        CpixVectors.SkipIfAbsent();
        using var signer = CpixVectors.Pfx(certificate);
        var document = CpixVectors.Load(name);
        Assert.All(document.CheckSignatures(), c => Assert.Null(c.Code));
        Assert.Equal(count, document.VerifySignatures());
        Assert.Single(document.Signatures, s => s.CoversDocument);
        document.RequireSignature(document.UsageRules, new CpixSignaturePolicy { TrustedSigners = [signer] });
        Assert.Equal(count, CpixDocument.Load(document.Save()).VerifySignatures());
    }

    [SkippableFact]
    public void A_removed_content_key_breaks_the_signature()
    {
        CpixVectors.SkipIfAbsent();
        var document = CpixVectors.Load("Invalid_BadContentKeysSignature");
        Assert.Equal(CpixCodes.SignatureDigest, Assert.Throws<CpixException>(() => document.VerifySignatures()).Code);
        using var signer = CpixVectors.Pfx("Cert3");
        var policy = new CpixSignaturePolicy { TrustedSigners = [signer] };
        Assert.Equal(CpixCodes.SignatureDigest, Assert.Throws<CpixException>(() => document.RequireSignature(document.ContentKeys, policy)).Code);
        Assert.Equal(CpixCodes.MissingSignature, Assert.Throws<CpixException>(() => document.RequireSignature(document.DrmSystems, policy)).Code);
    }

    [SkippableFact]
    public void A_wrong_mac_shows_when_the_key_is_decrypted()
    {
        CpixVectors.SkipIfAbsent();
        using var recipient = CpixVectors.Pfx("Cert1");
        var document = CpixVectors.Load("Invalid_WrongMac");
        Assert.True(document.ContentKeys[0].IsEncrypted);
        Assert.Equal(CpixCodes.Mac, Assert.Throws<CpixException>(() => document.ReadEncryptedKeys(recipient)).Code);
    }

    [SkippableFact]
    public void Recipients_may_come_without_keys()
    {
        CpixVectors.SkipIfAbsent();
        using var recipient = CpixVectors.Pfx("Cert3");
        var document = CpixVectors.Load("RecipientsWithoutContentKeys");
        Assert.Equal(2, document.DeliveryData.Count);
        Assert.Empty(document.ReadEncryptedKeys(recipient));
    }

    [SkippableFact]
    public void Rotation_vectors_write_the_iv_as_a_uuid()
    {
        CpixVectors.SkipIfAbsent();
        var document = CpixVectors.Load("KeyRotationMultiKeySinglePeriod");
        Assert.Equal(Convert.FromHexString("f45bcebbf0df4a34bf4ec24edfcf6289"), document.ContentKeys[0].ExplicitIV);
        Assert.Equal("7ce7f10d-a91b-41b9-b331-7999fd1abf4c", document.Resolve(CpixTrack.Video(1000), CpixMoment.InPeriod(1)).Key!.Kid.ToString());
        Assert.Equal("988395ce-667a-443a-b9cc-58ad7875a687", document.Resolve(CpixTrack.Audio(2), CpixMoment.InPeriod(1)).Key!.Kid.ToString());
        Assert.Equal(CpixOutcome.None, document.Resolve(CpixTrack.Video(1000), CpixMoment.InPeriod(2)).Outcome);
        Assert.Equal(CpixOutcome.None, document.Resolve(CpixTrack.Video(1000)).Outcome);
        Assert.Contains("explicitIV=\"9FvOu/DfSjS/TsJO389iiQ==\"", Encoding.UTF8.GetString(document.Save()), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_certificate_signed_with_sha1_is_refused_for_everything()
    {
        CpixVectors.SkipIfAbsent();
        using var weak = CpixVectors.Pfx("WeakCert_Sha1");
        var document = CpixDocument.Create("2.3", "c");
        document.AddContentKey(KeyId.Parse("bd5adf51-cf04-410f-aac3-ec63a69e929e")).SetKey(new byte[16]);
        document.AddRecipient(weak);
        Assert.Equal(CpixCodes.WeakCertificate, Assert.Throws<CpixException>(() => document.EncryptKeys()).Code);
        Assert.Equal(CpixCodes.WeakCertificate, Assert.Throws<CpixException>(() => document.SignDocument(weak)).Code);
        Assert.Equal(CpixCodes.WeakCertificate, Assert.Throws<CpixException>(() => document.ReadEncryptedKeys(weak)).Code);
        Assert.Contains(document.Validate(), p => p.Code == CpixCodes.WeakCertificate);
    }

    [SkippableFact]
    public void A_key_of_2048_bits_is_good_for_speke_and_too_small_for_a_stricter_policy()
    {
        CpixVectors.SkipIfAbsent();
        using var small = CpixVectors.Pfx("WeakCert_SmallKey");
        var document = CpixDocument.Create("2.3", "c");
        document.AddContentKey(KeyId.Parse("bd5adf51-cf04-410f-aac3-ec63a69e929e")).SetKey(new byte[16]);
        document.AddRecipient(small);
        var strict = new CpixCertificatePolicy { MinRsaBits = 3072 };
        var refused = Assert.Throws<CpixException>(() => document.EncryptKeys(new CpixEncryptionOptions { Certificates = strict }));
        Assert.Equal(CpixCodes.WeakCertificate, refused.Code);
        Assert.Contains("2048 bits; 3072 are needed", refused.Message, StringComparison.Ordinal);
        document.EncryptKeys();
        Assert.Equal(CpixCodes.WeakCertificate, Assert.Throws<CpixException>(() => document.ReadEncryptedKeys(small, strict)).Code);
        Assert.Equal(new byte[16], document.ReadEncryptedKeys(small).Values.Single());
    }

    private static string Describe(CpixContentKey key) =>
        $"{key.Kid} {Convert.ToHexString(key.ExplicitIV ?? [])} {key.CommonEncryptionScheme} {Convert.ToHexString(key.GetKeyBytes() ?? [])} {key.IsEncrypted}";

    private static IEnumerable<object?> Describe(CpixUsageRule rule) =>
        [rule.Kid, rule.IntendedTrackType, .. rule.PeriodIds, .. rule.Labels, .. rule.VideoFilters, .. rule.AudioFilters, .. rule.BitrateFilters];
}
