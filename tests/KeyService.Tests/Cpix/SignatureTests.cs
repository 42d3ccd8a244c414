using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using DrmHub.Cenc;
using DrmHub.KeyService.Cpix;
using static DrmHub.KeyService.Tests.Cpix.ModelTests;

namespace DrmHub.KeyService.Tests.Cpix;

public sealed class SignatureTests
{
    private const string Lists = "DeliveryDataList ContentKeyList DRMSystemList ContentKeyPeriodList ContentKeyUsageRuleList";

    [Theory]
    [InlineData(CpixCanonicalization.C14N10)]
    [InlineData(CpixCanonicalization.C14N11)]
    public void Signed_lists_and_documents_verify_and_changes_show(CpixCanonicalization canonicalization)
    {
        var document = Sample();
        document.Sign(document.ContentKeys, TestCertificates.Signer, canonicalization);
        document.Sign(document.UsageRules, TestCertificates.Signer, canonicalization);
        document.SignDocument(TestCertificates.Signer, canonicalization);
        var text = Text(document);
        var loaded = CpixDocument.Load(Encoding.UTF8.GetBytes(text));
        Assert.Equal(3, loaded.VerifySignatures());
        Assert.Equal(["ContentKeyList", "ContentKeyUsageRuleList", "CPIX"], loaded.Signatures.Select(s => s.TargetName));

        var changedRule = CpixDocument.Load(Encoding.UTF8.GetBytes(text.Replace("maxPixels=\"589824\"", "maxPixels=\"589825\"", StringComparison.Ordinal)));
        Assert.Equal([null, CpixCodes.SignatureDigest, CpixCodes.SignatureDigest], changedRule.CheckSignatures().Select(c => c.Code));
        var changedRoot = CpixDocument.Load(Encoding.UTF8.GetBytes(text.Replace("contentId=\"c\"", "contentId=\"d\"", StringComparison.Ordinal)));
        Assert.Equal([null, null, CpixCodes.SignatureDigest], changedRoot.CheckSignatures().Select(c => c.Code));
        var changedUri = CpixDocument.Load(Encoding.UTF8.GetBytes(text.Replace("URI=\"#ContentKeyList\"", "URI=\"#ContentKeyUsageRuleList\"", StringComparison.Ordinal)));
        Assert.Equal(CpixCodes.Signature, changedUri.CheckSignatures()[0].Code);
    }

    [Fact]
    public void Only_trusted_signers_count()
    {
        var document = Sample();
        document.Sign(document.ContentKeys, TestCertificates.Signer);
        var ours = new CpixSignaturePolicy { TrustedSigners = [TestCertificates.Signer] };
        var others = new CpixSignaturePolicy { TrustedSigners = [TestCertificates.A] };
        document.RequireSignature(document.ContentKeys, ours);
        Assert.Throws<ArgumentException>(() => document.RequireSignature(document.ContentKeys, CpixSignaturePolicy.Default));
        Assert.Equal(CpixCodes.SignatureTrust, Assert.Throws<CpixException>(() => document.RequireSignature(document.ContentKeys, others)).Code);
        Assert.Equal(CpixCodes.MissingSignature, Assert.Throws<CpixException>(() => document.RequireSignature(document.UsageRules, ours)).Code);
        document.Sign(document.ContentKeys, TestCertificates.A);
        document.RequireSignature(document.ContentKeys, others);
        Assert.Equal(2, document.VerifySignatures());
    }

    [Fact]
    public void Changes_take_the_signatures_over_them_out_and_leave_the_others()
    {
        var document = Sample();
        document.Sign(document.ContentKeys, TestCertificates.Signer);
        document.Sign(document.UsageRules, TestCertificates.Signer);
        document.SignDocument(TestCertificates.Signer);
        var loaded = CpixDocument.Load(document.Save());
        loaded.DrmSystems[0].Pssh = [1];
        var saved = CpixDocument.Load(loaded.Save());
        Assert.Equal(["ContentKeyList", "ContentKeyUsageRuleList"], saved.Signatures.Select(s => s.TargetName));
        Assert.Equal(2, saved.VerifySignatures());
        saved.ContentKeys[0].SetKey(new byte[16]);
        saved.AddContentKey(KeyId.Parse(Kid3)).SetKey(new byte[16]);
        var again = CpixDocument.Load(saved.Save());
        Assert.Equal("ContentKeyUsageRuleList", Assert.Single(again.Signatures).TargetName);
        Assert.Equal(1, again.VerifySignatures());
    }

    [Fact]
    public void Keys_that_are_filled_into_a_document_with_signed_rules_leave_the_signature_good()
    {
        var signed = CpixDocument.Load("""
            <CPIX xmlns="urn:dashif:org:cpix" contentId="c"><ContentKeyList><ContentKey kid="11111111-1111-4111-8111-111111111111"/></ContentKeyList><ContentKeyUsageRuleList><ContentKeyUsageRule kid="11111111-1111-4111-8111-111111111111"><AudioFilter/><LabelFilter label="x"/></ContentKeyUsageRule></ContentKeyUsageRuleList></CPIX>
            """u8);
        signed.Sign(signed.UsageRules, TestCertificates.Signer);
        var request = CpixDocument.Load(signed.Save());
        request.ContentKeys[0].SetKey(new byte[16]);
        request.AddRecipient(TestCertificates.A);
        request.EncryptKeys();
        var answer = CpixDocument.Load(request.Save());
        Assert.Equal(1, answer.VerifySignatures());
        Assert.Single(answer.ReadEncryptedKeys(TestCertificates.A));
    }

    [Theory]
    [InlineData("http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", "http://www.w3.org/2000/09/xmldsig#rsa-sha1", CpixCodes.SignatureAlgorithm)]
    [InlineData("http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", CpixCodes.SignatureAlgorithm)]
    [InlineData("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "http://www.w3.org/2001/10/xml-exc-c14n#", CpixCodes.SignatureAlgorithm)]
    [InlineData("URI=\"#ContentKeyList\"", "URI=\"#nowhere\"", CpixCodes.SignatureReference)]
    [InlineData("URI=\"#ContentKeyList\"", "URI=\"http://localhost/x\"", CpixCodes.SignatureReference)]
    [InlineData("URI=\"#ContentKeyList\"", "URI=\"#xpointer(id('ContentKeyList'))\"", CpixCodes.SignatureReference)]
    [InlineData("URI=\"#ContentKeyList\"", "", CpixCodes.SignatureReference)]
    [InlineData("</ds:SignedInfo>", "<ds:Reference URI=\"\"/></ds:SignedInfo>", CpixCodes.SignatureProfile)]
    [InlineData("<ds:SignedInfo>", "<ds:SignedInfo/><ds:SignedInfo>", CpixCodes.SignatureProfile)]
    public void Signatures_outside_of_the_profile_are_refused(string good, string bad, string code)
    {
        var document = Sample();
        document.Sign(document.ContentKeys, TestCertificates.Signer);
        var text = Text(document).Replace(good, bad, StringComparison.Ordinal);
        Assert.Equal(code, Assert.Single(CpixDocument.Load(Encoding.UTF8.GetBytes(text)).CheckSignatures()).Code);
    }

    [Fact]
    public void A_transform_that_picks_other_bytes_is_refused()
    {
        var document = Sample();
        document.SignDocument(TestCertificates.Signer);
        const string enveloped = "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
        foreach (var transforms in new[]
        {
            "", enveloped + "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"/>",
            "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"/>" + enveloped,
            enveloped + "<ds:Transform Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\"><x/></ds:Transform>",
        })
        {
            var text = Text(document).Replace(enveloped, transforms, StringComparison.Ordinal);
            var check = Assert.Single(CpixDocument.Load(Encoding.UTF8.GetBytes(text)).CheckSignatures());
            // The signed information covers its transforms, so a changed one fails as a signature at the latest.
            Assert.Contains(check.Code, new[] { CpixCodes.SignatureProfile, CpixCodes.Signature, CpixCodes.SignatureAlgorithm });
        }
    }

    [Fact]
    public void A_wrapped_list_is_not_taken_for_the_signed_one()
    {
        var document = Sample();
        document.Sign(document.ContentKeys, TestCertificates.Signer);
        var text = Text(document);
        var start = text.IndexOf("<cpix:ContentKeyList", StringComparison.Ordinal);
        var end = text.IndexOf("</cpix:ContentKeyList>", StringComparison.Ordinal) + "</cpix:ContentKeyList>".Length;
        var list = text[start..end];
        var forged = list.Replace("id=\"ContentKeyList\"", "", StringComparison.Ordinal).Replace("AAAAAAAAAAAAAAAAAAAAAA==", "AQAAAAAAAAAAAAAAAAAAAA==", StringComparison.Ordinal);
        Assert.NotEqual(list, forged);
        var policy = new CpixSignaturePolicy { TrustedSigners = [TestCertificates.Signer] };

        // The signed list moves to where nobody reads it, and another one takes its place.
        foreach (var hideout in new[] { $"<x:h xmlns:x=\"urn:x\">{list}</x:h>", $"<cpix:Hidden>{list}</cpix:Hidden>", $"<ds:Object>{list}</ds:Object>" })
        {
            var wrapped = CpixDocument.Load(Encoding.UTF8.GetBytes(text.Replace(list, forged, StringComparison.Ordinal).Replace("</cpix:CPIX>", hideout + "</cpix:CPIX>", StringComparison.Ordinal)));
            Assert.Equal(CpixCodes.SignatureReference, Assert.Single(wrapped.CheckSignatures()).Code);
            Assert.Equal(CpixCodes.MissingSignature, Assert.Throws<CpixException>(() => wrapped.RequireSignature(wrapped.ContentKeys, policy)).Code);
        }

        // Two lists, or two elements under one id, in any spelling.
        Assert.Equal(CpixCodes.DuplicateList, Assert.Throws<CpixException>(() => CpixDocument.Load(Encoding.UTF8.GetBytes(text.Replace(list, list + forged, StringComparison.Ordinal)))).Code);
        Assert.Equal(CpixCodes.DuplicateId, Assert.Throws<CpixException>(() => CpixDocument.Load(Encoding.UTF8.GetBytes(text.Replace("<cpix:DRMSystemList>", "<cpix:DRMSystemList id=\"ContentKeyList\">", StringComparison.Ordinal)))).Code);
        foreach (var spelling in new[] { "Id", "ID", "xml:id", "id" })
        {
            var twice = CpixDocument.Load(Encoding.UTF8.GetBytes(text.Replace("</cpix:CPIX>", $"<x {spelling}=\"ContentKeyList\"/></cpix:CPIX>", StringComparison.Ordinal)));
            Assert.Equal(CpixCodes.SignatureReference, Assert.Single(twice.CheckSignatures()).Code);
        }
    }

    [SkippableTheory]
    [InlineData(CpixCanonicalization.C14N10, false)]
    [InlineData(CpixCanonicalization.C14N11, false)]
    [InlineData(CpixCanonicalization.C14N10, true)]
    [InlineData(CpixCanonicalization.C14N11, true)]
    public void Xmlsec1_verifies_our_signatures(CpixCanonicalization canonicalization, bool odd)
    {
        Skip.If(CpixVectors.Tool("xmlsec1") is null, "xmlsec1 is not installed.");
        var document = odd ? Odd() : Sample();
        document.Sign(document.ContentKeys, TestCertificates.Signer, canonicalization);
        document.SignDocument(TestCertificates.Signer, canonicalization);
        for (var n = 1; n <= 2; n++)
        {
            var (code, output) = Xmlsec("--verify", document.Save(), "--insecure", "--node-xpath", $"/*/*[local-name()='Signature'][{n}]");
            Assert.True(code == 0, output);
        }

        var broken = Text(document).Replace("kid=\"" + Kid1, "kid=\"" + Kid3, StringComparison.Ordinal);
        var (bad, _) = Xmlsec("--verify", Encoding.UTF8.GetBytes(broken), "--insecure");
        Assert.NotEqual(0, bad);
    }

    [SkippableTheory]
    [InlineData("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "rsa-sha512", "sha512", false)]
    [InlineData("http://www.w3.org/2006/12/xml-c14n11", "rsa-sha512", "sha512", false)]
    [InlineData("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "rsa-sha256", "sha256", true)]
    [InlineData("http://www.w3.org/2006/12/xml-c14n11", "rsa-sha512", "sha512", true)]
    public void We_verify_signatures_of_xmlsec1(string c14n, string signature, string digest, bool wholeDocument)
    {
        Skip.If(CpixVectors.Tool("xmlsec1") is null, "xmlsec1 is not installed.");
        var transforms = (wholeDocument ? "<d:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>" : "") + $"<d:Transform Algorithm=\"{c14n}\"/>";
        var template = $"""
            <d:Signature xmlns:d="http://www.w3.org/2000/09/xmldsig#"><d:SignedInfo><d:CanonicalizationMethod Algorithm="{c14n}"/>
            <d:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#{signature}"/><d:Reference URI="{(wholeDocument ? "" : "#k")}"><d:Transforms>{transforms}</d:Transforms>
            <d:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#{digest}"/><d:DigestValue/></d:Reference></d:SignedInfo><d:SignatureValue/>
            <d:KeyInfo><d:X509Data><d:X509Certificate/></d:X509Data></d:KeyInfo></d:Signature></CPIX>
            """;
        var odd = Odd();
        odd.ContentKeys.Id = "k";
        var text = Text(odd, keepOrder: true).Replace("</CPIX>", template, StringComparison.Ordinal);
        var directory = Directory.CreateTempSubdirectory();
        try
        {
            var key = Path.Combine(directory.FullName, "key.pem");
            var certificate = Path.Combine(directory.FullName, "certificate.pem");
            using (var rsa = System.Security.Cryptography.X509Certificates.RSACertificateExtensions.GetRSAPrivateKey(TestCertificates.Signer)!)
                File.WriteAllText(key, rsa.ExportPkcs8PrivateKeyPem());
            File.WriteAllText(certificate, TestCertificates.Signer.ExportCertificatePem());
            var signed = Path.Combine(directory.FullName, "signed.xml");
            var (code, output) = Xmlsec("--sign", Encoding.UTF8.GetBytes(text), "--privkey-pem", $"{key},{certificate}", "--output", signed);
            Assert.True(code == 0, output);
            var document = CpixDocument.Load(File.ReadAllBytes(signed));
            Assert.Null(Assert.Single(document.CheckSignatures()).Code);
            Assert.Equal(1, CpixDocument.Load(document.Save()).VerifySignatures());
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [SkippableFact]
    public void Xmlsec1_verifies_a_vector_that_we_saved()
    {
        CpixVectors.SkipIfAbsent();
        Skip.If(CpixVectors.Tool("xmlsec1") is null, "xmlsec1 is not installed.");
        // The other signed vector has a namespace that libxml2 refuses to canonicalize.
        var saved = CpixVectors.Load("Complex").Save();
        for (var n = 1; n <= 9; n++)
        {
            var (code, output) = Xmlsec("--verify", saved, "--insecure", "--node-xpath", $"/*/*[local-name()='Signature'][{n}]");
            Assert.True(code == 0, output);
        }
    }

    internal static CpixDocument Sample()
    {
        var document = CpixDocument.Create("2.4", "c");
        document.AddContentKey(KeyId.Parse(Kid1)).SetKey(new byte[16]);
        document.AddContentKey(KeyId.Parse(Kid2)).SetKey(RandomNumberGenerator.GetBytes(16));
        document.AddDrmSystem(DrmSystemIds.Widevine, KeyId.Parse(Kid1));
        document.AddUsageRule(KeyId.Parse(Kid1)).Add(new VideoFilter(MaxPixels: 589_824));
        return document;
    }

    /// <summary>A document with everything that canonical XML has a rule for.</summary>
    private static CpixDocument Odd() => CpixDocument.Load(Encoding.UTF8.GetBytes($"""
        <?before a="b"?>
        <!-- c -->
        <CPIX xmlns="urn:dashif:org:cpix" xmlns:b="urn:b" xmlns:a="urn:a" xmlns:pskc="urn:ietf:params:xml:ns:keyprov:pskc" xml:lang="en" xml:id="root" b:z="1" a:z='2"&#10;&#9;&#13;&lt;&amp;' contentId="€𝄞">
         <ContentKeyList><!-- d --><?in?><ContentKey xmlns:a="urn:a2" a:y="1" y="2" kid="{Kid1}"><Data><pskc:Secret xml:space="preserve"><pskc:PlainValue><![CDATA[AAAAAAAAAAAAAAAAAAAAAA==]]></pskc:PlainValue></pskc:Secret></Data></ContentKey>
          <x xmlns="" xmlns:b="urn:b" a:q="&gt;" q="'">&lt;&amp;&gt;"'&#13;<y xmlns="urn:dashif:org:cpix"/></x></ContentKeyList>
        </CPIX>
        <?after?>
        """));

    private static (int Code, string Output) Xmlsec(string command, byte[] document, params string[] arguments)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, document);
            var start = new ProcessStartInfo(CpixVectors.Tool("xmlsec1")!) { RedirectStandardError = true, RedirectStandardOutput = true };
            start.ArgumentList.Add(command);
            foreach (var list in Lists.Split(' '))
            {
                start.ArgumentList.Add("--id-attr:id");
                start.ArgumentList.Add("urn:dashif:org:cpix:" + list);
            }

            foreach (var argument in arguments) start.ArgumentList.Add(argument);
            start.ArgumentList.Add(file);
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output + error.Result);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
