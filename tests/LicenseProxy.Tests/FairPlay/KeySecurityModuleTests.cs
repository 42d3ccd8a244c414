using System.Security.Cryptography;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Systems.FairPlay.Ksm;
using DrmHub.LicenseProxy.Systems.FairPlay.Wire;

namespace DrmHub.LicenseProxy.Tests.FairPlay;

public sealed class KeySecurityModuleTests
{
    private static readonly KeyId Kid = KeyId.Parse("00112233445566778899aabbccddeeff");

    public static TheoryData<string> Vectors => [.. FairPlayVectors.All.Select(vector => vector.Name)];

    [Theory]
    [MemberData(nameof(Vectors))]
    public async Task A_vector_is_read_and_its_device_opens_the_answer(string name)
    {
        var vector = FairPlayVectors.All.Single(each => each.Name == name);
        await using var module = FairPlayVectors.Module();
        using var spc = await module.OpenAsync(vector.Bytes, null, default);
        Assert.Equal((vector.Version, Kid, vector.DeviceId, vector.Level), (spc.Facts.Version, spc.Facts.Asset.KeyId, spc.Facts.DeviceId, spc.Facts.Device.LevelFor(31).ToString()));
        Assert.Equal(vector.State, spc.Facts.Playback?.State);

        using var key = ContentKey.Random();
        var iv = RandomNumberGenerator.GetBytes(16);
        var answer = await ((KeyedSpc)spc).AnswerAsync(key, iv, new CkcTerms { LeaseSeconds = 60 }, default);
        var ckc = TestDevice.Open(vector.Session, answer.Ckc);
        Assert.Equal(key.Bytes.ToArray(), ckc.Key);
        Assert.Equal(iv, ckc.Iv);
        Assert.Equal(vector.Returned.Order(), ckc.Elements.Values.Select(element => Convert.ToHexStringLower(element.Whole)).Where(vector.Returned.Contains).Order());
        Assert.Equal(vector.State is null ? null : (60u, 0u, 0x1a4bde7eu), ckc.Duration);
    }

    [Fact]
    public async Task Two_answers_to_one_spc_differ_in_every_part_that_is_random()
    {
        var device = new TestDevice("skd://x");
        await using var module = FairPlayVectors.Module();
        using var spc = await module.OpenAsync(device.SpcV1(), null, default);
        using var key = ContentKey.Random();
        var first = (await ((KeyedSpc)spc).AnswerAsync(key, new byte[16], new CkcTerms(), default)).Ckc;
        var second = (await ((KeyedSpc)spc).AnswerAsync(key, new byte[16], new CkcTerms(), default)).Ckc;
        Assert.NotEqual(first, second);
        Assert.Equal(device.Open(first).Key, device.Open(second).Key);
    }

    [Fact]
    public async Task The_answer_opens_with_the_secrets_of_no_other_spc_of_the_same_device()
    {
        var (device, later) = (new TestDevice("skd://x"), new TestDevice("skd://x"));
        await using var module = FairPlayVectors.Module();
        using var spc = await module.OpenAsync(device.SpcV1(), null, default);
        using var key = ContentKey.Random();
        var ckc = (await ((KeyedSpc)spc).AnswerAsync(key, new byte[16], new CkcTerms(), default)).Ckc;
        Assert.ThrowsAny<Exception>(() => later.Open(ckc));
        Assert.ThrowsAny<Exception>(() => TestDevice.Open(device.Secrets with { Seed = later.Secrets.Seed }, ckc)); // A replayed answer.
    }

    [Theory]
    [InlineData(TestDevice.SessionBlockTag)]
    [InlineData(TestDevice.IntegrityTag)]
    [InlineData(TestDevice.SeedTag)]
    [InlineData(TestDevice.R2Tag)]
    [InlineData(TestDevice.AssetTag)]
    [InlineData(TestDevice.TransactionTag)]
    [InlineData(TestDevice.UsedTag)]
    [InlineData(TestDevice.SupportedTag)]
    [InlineData(TestDevice.ReturnTag)]
    public async Task Every_required_element_is_missed_by_number_and_refused_in_a_wrong_size(ulong tag)
    {
        var missing = new TestDevice("skd://x");
        if (tag == TestDevice.ReturnTag) missing.Returns = null;
        missing.Elements.Remove(tag);
        Assert.Equal(FairPlayStatus.MissingTag, await StatusAsync(missing.SpcV1()));

        var wrong = new TestDevice("skd://x");
        wrong.Payload();
        wrong.Returns = null;
        wrong.Elements[tag] = tag == TestDevice.AssetTag ? new byte[201] : [.. wrong.Elements[tag], 0];
        Assert.Equal(FairPlayStatus.Parse, await StatusAsync(wrong.SpcV1()));
    }

    [Fact]
    public async Task Known_elements_come_once_and_unknown_ones_as_often_as_they_like()
    {
        var device = new TestDevice("skd://x");
        byte[] With(ulong tag) => [.. device.Payload(), .. TestDevice.Element(tag, device.Elements.GetValueOrDefault(tag, [1])), .. TestDevice.Element(tag, [2])];
        Assert.Equal(FairPlayStatus.DuplicateTag, await StatusAsync(SealV1(With(TestDevice.AssetTag))));
        Assert.Equal(FairPlayStatus.Ok, await StatusAsync(SealV1(With(0x42))));
    }

    [Fact]
    public async Task What_was_changed_or_made_for_others_is_refused_by_number()
    {
        var spc = new TestDevice("skd://x").SpcV1();
        Assert.Equal(FairPlayStatus.SpcVersion, await StatusAsync(Changed(spc, 3, 9)));
        Assert.Equal(FairPlayStatus.Certificate, await StatusAsync(Changed(spc, 152, (byte)(spc[152] ^ 0xff))));
        Assert.Equal(FairPlayStatus.Certificate, await StatusAsync(Changed(spc, 60, (byte)(spc[60] ^ 0xff))));

        var otherSecret = new TestDevice("skd://x");
        otherSecret.Elements[TestDevice.R2Tag] = RandomNumberGenerator.GetBytes(21);
        Assert.Equal(FairPlayStatus.Integrity, await StatusAsync(otherSecret.SpcV1()));
        var otherBlock = new TestDevice("skd://x");
        otherBlock.Elements[TestDevice.IntegrityTag][5] ^= 1;
        Assert.Equal(FairPlayStatus.Integrity, await StatusAsync(otherBlock.SpcV1()));

        var downgraded = new TestDevice("skd://x");
        downgraded.Elements[TestDevice.UsedTag] = TestDevice.U32(9);
        Assert.Equal(FairPlayStatus.Version, await StatusAsync(downgraded.SpcV1()));
    }

    [Fact]
    public async Task Version_3_is_checked_before_it_is_deciphered()
    {
        var spc = FairPlayVectors.All.Single(vector => vector.Version == 3).Bytes;
        foreach (var offset in new[] { 300, 330, spc.Length - 20, spc.Length - 1 })
            Assert.Contains(await StatusAsync(Changed(spc, offset, (byte)(spc[offset] ^ 0xff))), new[] { FairPlayStatus.Integrity, FairPlayStatus.Certificate, FairPlayStatus.Parse });
        Assert.Equal(FairPlayStatus.Integrity, await StatusAsync(Changed(spc, spc.Length - 20, (byte)(spc[^20] ^ 0xff))));
        Assert.Equal(FairPlayStatus.Version, await StatusAsync(Changed(spc, 10, 0)));
        await using var without = FairPlayVectors.Module(seeds: false);
        Assert.Equal(FairPlayStatus.NotImplemented, await StatusAsync(without, spc));
    }

    [Fact]
    public async Task A_session_block_of_version_3_alone_is_said_to_be_for_apples_software()
    {
        var device = new TestDevice("skd://x");
        device.Elements.Remove(TestDevice.SessionBlockTag);
        device.Elements[0x697af6213858562f] = new byte[200];
        Assert.Equal(FairPlayStatus.NotImplemented, await StatusAsync(device.SpcV1()));
    }

    [Fact]
    public async Task Every_truncation_is_refused()
    {
        var spc = new TestDevice("skd://x").SpcV1();
        for (var length = 0; length < spc.Length; length += length < 200 ? 1 : 16) Assert.NotEqual(FairPlayStatus.Ok, await StatusAsync(spc[..length]));
        Assert.Equal(FairPlayStatus.Parse, await StatusAsync(new byte[SpcContainer.MaxSize + 1]));
        Assert.Equal(FairPlayStatus.Parse, await StatusAsync(SealV1([.. Enumerable.Range(0, 129).SelectMany(i => TestDevice.Element((ulong)i, [1]))])));
    }

    [Fact]
    public async Task A_request_that_names_another_asset_than_its_spc_is_refused()
    {
        await using var module = FairPlayVectors.Module();
        var spc = new TestDevice($"skd://{Kid}").SpcV1();
        using (await module.OpenAsync(spc, $"skd://{Kid}", default))
        using (await module.OpenAsync(spc, $"skd://host?keyId={Kid}", default))
        {
        }

        var refused = await Assert.ThrowsAsync<FairPlayException>(async () => await module.OpenAsync(spc, "skd://ffffffff-4455-6677-8899-aabbccddeeff", default));
        Assert.Equal(FairPlayStatus.Parameter, refused.Status);
    }

    [Fact]
    public void Parts_that_do_not_belong_together_are_refused_at_the_start()
    {
        var key = RSA.Create();
        key.ImportFromPem(FairPlayVectors.PrivateKey(1));
        Assert.Throws<ArgumentException>(() => new FairPlayCredential(FairPlayVectors.Certificate(0), key, FairPlayVectors.Ask));
        Assert.Throws<ArgumentException>(() => new FairPlayCredential(FairPlayVectors.Certificate(1), key, new byte[15]));
        Assert.Throws<ArgumentException>(() => new FairPlayCredential([1, 2, 3], key, FairPlayVectors.Ask));
    }

    private static byte[] SealV1(byte[] payload) => TestDevice.Seal(1, FairPlayVectors.Certificate(0), FairPlayVectors.PrivateKey(0), RSAEncryptionPadding.OaepSHA1, payload);

    private static byte[] Changed(byte[] bytes, int offset, byte value)
    {
        var changed = bytes.ToArray();
        changed[offset] = value;
        return changed;
    }

    private static async Task<FairPlayStatus> StatusAsync(byte[] spc)
    {
        await using var module = FairPlayVectors.Module();
        return await StatusAsync(module, spc);
    }

    private static async Task<FairPlayStatus> StatusAsync(KeySecurityModule module, byte[] spc)
    {
        try
        {
            using var opened = await module.OpenAsync(spc, null, default);
            return FairPlayStatus.Ok;
        }
        catch (FairPlayException exception)
        {
            Assert.NotEmpty(exception.Message);
            return exception.Status;
        }
    }
}
