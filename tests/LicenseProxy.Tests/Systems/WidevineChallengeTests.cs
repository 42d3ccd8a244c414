using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.LicenseProxy.Systems.Widevine;
using DrmHub.Testing;
using DrmHub.Vault.Rights;
using static DrmHub.LicenseProxy.Tests.Systems.WidevineWire;

namespace DrmHub.LicenseProxy.Tests.Systems;

public sealed class WidevineChallengeTests
{
    private static readonly KeyId One = KeyId.Parse("abba271e8bcf552bbd2e86a434a9a5d9");
    private static readonly KeyId Two = KeyId.Parse("6f651ae1dbe44434bcb4690d1564c41c");

    [SkippableFact]
    public void A_real_browsers_challenge_is_read()
    {
        var file = SharedVectors.Find("vectors/widevine/challenge.b64");
        Skip.If(file is null, "The vector collection is not beside the repository.");
        var challenge = WidevineChallenge.Parse(Convert.FromBase64String(File.ReadAllText(file!)));
        Assert.Equal((WidevineMessageType.LicenseRequest, LicenseKind.New, ContentUse.Stream), (challenge.Type, challenge.Kind, challenge.Use));
        Assert.Equal(("fkj3ljaSdfalkr3j", 1_576_117_132UL, 21UL), (challenge.ContentId, challenge.RequestTime, challenge.ProtocolVersion));
        Assert.Empty(challenge.KeyIds);
        Assert.True(challenge.IsPrivate);
        Assert.Equal("bb755aca4a386617cfda57c25900fe0e", challenge.RequestId);
        Assert.True(challenge.ClientId.Length > 1000);
    }

    [Fact]
    public void Key_ids_content_and_use_are_read()
    {
        var challenge = WidevineChallenge.Parse(NewRequest([One, Two, One], "title", licenseType: 2));
        Assert.Equal([One, Two], challenge.KeyIds);
        Assert.Equal(("title", ContentUse.Download, "07070707070707070707070707070707"), (challenge.ContentId, challenge.Use, challenge.RequestId));
    }

    [Fact]
    public void Init_data_in_boxes_is_read()
    {
        byte[] boxes = [.. PsshBox.ForWidevine(new WidevinePsshData { KeyIds = [One] }).ToByteArray(), .. PsshBox.ForCommon([Two]).ToByteArray()];
        var challenge = WidevineChallenge.Parse(Signed(1, [.. Bytes(2, Bytes(4, [.. Varint(1, 1), .. Bytes(2, boxes), .. Varint(3, 1)])), .. Varint(3, 1)]));
        Assert.Equal([One, Two], challenge.KeyIds);
    }

    [Fact]
    public void Webm_names_the_key_id_itself() =>
        Assert.Equal([One], WidevineChallenge.Parse(Signed(1, [.. Bytes(2, Bytes(2, Bytes(1, One.ToByteArray()))), .. Varint(3, 1)])).KeyIds);

    [Fact]
    public void What_a_client_says_in_the_clear_is_read()
    {
        byte[] client = [.. Varint(1, 1), .. Bytes(3, [.. Bytes(1, "model_name"u8.ToArray()), .. Bytes(2, "Pixel"u8.ToArray())]), .. Bytes(6, Varint(4, 4))];
        var challenge = WidevineChallenge.Parse(Signed(1, [.. Bytes(1, client), .. Bytes(2, Bytes(1, Bytes(1, new WidevinePsshData { KeyIds = [One] }.ToByteArray()))), .. Varint(3, 1)]));
        Assert.Equal(("Pixel", 4, false), (challenge.Client.ModelName, challenge.Client.MaxHdcp, challenge.IsPrivate));
    }

    [Fact]
    public void A_renewal_names_its_licence_and_nothing_else()
    {
        var challenge = WidevineChallenge.Parse(ExistingRequest(2, [1, 2, 3]));
        Assert.Equal((LicenseKind.Renewal, "07070707070707070707070707070707"), (challenge.Kind, challenge.RequestId));
        Assert.Equal([1, 2, 3], challenge.SessionToken.ToArray());
    }

    [Fact]
    public void A_request_for_the_service_certificate_is_told_apart() =>
        Assert.Equal(WidevineMessageType.ServiceCertificateRequest, WidevineChallenge.Parse(CertificateRequest).Type);

    public static TheoryData<string, byte[]> Broken()
    {
        var pssh = new WidevinePsshData { KeyIds = [One], ContentId = "a"u8.ToArray() }.ToByteArray();
        var other = new WidevinePsshData { ContentId = "b"u8.ToArray() }.ToByteArray();
        var content = Bytes(2, Bytes(1, Bytes(1, pssh)));
        return new TheoryData<string, byte[]>
        {
            { "nothing", [] },
            { "text", "licence, please"u8.ToArray() },
            { "no message", Varint(1, 1) },
            { "another type", Signed(2, content) },
            { "no content", Signed(1, Varint(3, 1)) },
            { "an unknown kind", Signed(1, [.. content, .. Varint(3, 4)]) },
            { "content twice", Signed(1, [.. content, .. content, .. Varint(3, 1)]) },
            { "the message twice", [.. Signed(1, content), .. Bytes(2, content)] },
            { "two content ids", Signed(1, [.. Bytes(2, Bytes(1, [.. Bytes(1, pssh), .. Bytes(1, other)])), .. Varint(3, 1)]) },
            { "two ways", Signed(1, [.. Bytes(2, [.. Bytes(1, Bytes(1, pssh)), .. Bytes(2, Bytes(1, One.ToByteArray()))]), .. Varint(3, 1)]) },
            { "neither key nor content", Signed(1, [.. Bytes(2, Bytes(1, Bytes(1, []))), .. Varint(3, 1)]) },
            { "cut short", NewRequest([One])[..30] },
            { "too many keys", NewRequest(Enumerable.Range(0, 200).Select(i => new KeyId([.. BitConverter.GetBytes((long)i), .. new byte[8]]))) },
        };
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void What_is_no_such_challenge_is_refused_with_one_exception(string what, byte[] bytes)
    {
        var exception = Assert.Throws<ChallengeException>(() => WidevineChallenge.Parse(bytes));
        Assert.True(exception.Reason is ReasonCodes.ChallengeMalformed or ReasonCodes.ChallengeUnsupported, what);
        Assert.NotEmpty(exception.Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_session_token_opens_with_its_key_alone(bool ofEntitlements)
    {
        var key = new byte[WidevineSessionToken.KeySize];
        var sealedToken = new WidevineSessionToken("title", [One, Two], SecurityLevel.Hardware, ofEntitlements).Seal(key);
        var opened = WidevineSessionToken.Open(sealedToken, key)!;
        Assert.Equal(("title", SecurityLevel.Hardware, ofEntitlements), (opened.ContentId, opened.Level, opened.OfEntitlements));
        Assert.Equal([One, Two], opened.KeyIds);
        for (var i = 0; i < sealedToken.Length; i++)
        {
            var forged = sealedToken.ToArray();
            forged[i] ^= 1;
            Assert.Null(WidevineSessionToken.Open(forged, key));
        }

        Assert.Null(WidevineSessionToken.Open(sealedToken, [.. Enumerable.Repeat((byte)1, WidevineSessionToken.KeySize)]));
        Assert.Null(WidevineSessionToken.Open([], key));
    }
}
