using System.Buffers.Binary;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Systems.FairPlay.Ksm;
using DrmHub.LicenseProxy.Systems.FairPlay.Wire;

namespace DrmHub.LicenseProxy.Tests.FairPlay;

public sealed class CkcTermsTests
{
    private const uint Lease = 0x1a4bde7e;
    private const uint Rental = 0x3dfe45a0;
    private const uint Both = 0x27b59bde;
    private const uint Persist = 0x3df2d9fb;
    private const uint PersistWithLimit = 0x18f06048;

    private static readonly OfflineTerms Offline = new(1000, 200, Convert.FromHexString("0102030405060708090a0b0c0d0e0f10"), Convert.FromHexString("f1f2f3f4f5f6f7f8f9fafbfcfdfeff00"));

    [Fact]
    public async Task Durations_are_written_only_for_a_playback()
    {
        Assert.Equal((60u, 0u, Lease), (await AnswerAsync(Device().Playing(), new CkcTerms { LeaseSeconds = 60 })).Duration);
        Assert.Equal((0u, 90u, Rental), (await AnswerAsync(Device().Playing(), new CkcTerms { RentalSeconds = 90 })).Duration);
        Assert.Equal((60u, 90u, Both), (await AnswerAsync(Device().Playing(), new CkcTerms { LeaseSeconds = 60, RentalSeconds = 90 })).Duration);
        Assert.Null((await AnswerAsync(Device().Playing(), new CkcTerms())).Duration);
        Assert.Null((await AnswerAsync(Device(), new CkcTerms { LeaseSeconds = 60, RentalSeconds = 90 })).Duration);
    }

    [Theory]
    [InlineData(0b0010, 32, 1)]
    [InlineData(0b1010, 48, 2)]
    public async Task A_device_that_knows_offline_keys_gets_one_in_its_version(ulong capabilities, int size, uint version)
    {
        var ckc = await AnswerAsync(Device().Playing().Reporting(null, capabilities), new CkcTerms { Offline = Offline });
        Assert.Null(ckc.Duration);
        Assert.Equal(size, ckc.Offline!.Length);
        Assert.Equal((version, 0u, 1000u, 200u), (Read(ckc.Offline, 0), Read(ckc.Offline, 4), Read(ckc.Offline, 24), Read(ckc.Offline, 28)));
        Assert.Equal(Offline.StreamId.ToArray(), ckc.Offline[8..24]);
        if (version == 2) Assert.Equal(Offline.TitleId.ToArray(), ckc.Offline[32..48]);
    }

    [Theory]
    [InlineData(1000, 200, 200, PersistWithLimit)]
    [InlineData(1000, 0, 1000, PersistWithLimit)]
    [InlineData(0, 200, 200, PersistWithLimit)]
    [InlineData(0, 0, 0, Persist)]
    public async Task An_older_device_gets_the_one_limit_that_ends_first(uint storage, uint playback, uint limit, uint type)
    {
        var ckc = await AnswerAsync(Device().Playing().Reporting(null, 1), new CkcTerms { Offline = Offline with { StorageSeconds = storage, PlaybackSeconds = playback } });
        Assert.Null(ckc.Offline);
        Assert.Equal((0u, limit, type), ckc.Duration);
    }

    [Fact]
    public async Task Outputs_and_levels_are_written_as_they_are_asked_for()
    {
        Assert.Equal(0xef72894ca7895b78, (await AnswerAsync(Device(), new CkcTerms { Hdcp = HdcpRequirement.None })).Hdcp);
        Assert.Equal(0x40791ac78bd5c571ul, (await AnswerAsync(Device(), new CkcTerms())).Hdcp);
        Assert.Equal(0x285a0863bba8e1d3ul, (await AnswerAsync(Device(), new CkcTerms { Hdcp = HdcpRequirement.Type1 })).Hdcp);
        Assert.Equal(TestDevice.Main, (await AnswerAsync(Device(), new CkcTerms { RequiredLevel = TestDevice.Main })).RequiredLevel);
        Assert.Null((await AnswerAsync(Device(), new CkcTerms())).RequiredLevel);
    }

    [Fact]
    public async Task Elements_go_back_as_they_came_with_their_padding_and_once()
    {
        var device = Device();
        device.Elements[0x4242] = [1, 2, 3];
        device.Returns = [TestDevice.AssetTag, 0x4242, 0x9999];
        var payload = device.Payload();
        var sealedSpc = TestDevice.Seal(1, FairPlayVectors.Certificate(0), FairPlayVectors.PrivateKey(0), System.Security.Cryptography.RSAEncryptionPadding.OaepSHA1, payload);
        var ckc = device.Open(await WriteAsync(sealedSpc, new CkcTerms()));
        foreach (var tag in new ulong[] { TestDevice.AssetTag, 0x4242 }) Assert.True(payload.AsSpan().IndexOf(ckc.Elements[tag].Whole) >= 0);
        Assert.False(ckc.Elements.ContainsKey(0x9999));

        device.Returns = [TestDevice.AssetTag, TestDevice.AssetTag];
        var refused = await Assert.ThrowsAsync<FairPlayException>(() => WriteAsync(device.SpcV1(), new CkcTerms()));
        Assert.Equal(FairPlayStatus.DuplicateTag, refused.Status);
    }

    private static TestDevice Device() => new("skd://x");

    private static uint Read(byte[] value, int offset) => BinaryPrimitives.ReadUInt32BigEndian(value.AsSpan(offset));

    private static async Task<TestDevice.Ckc> AnswerAsync(TestDevice device, CkcTerms terms) => device.Open(await WriteAsync(device.SpcV1(), terms));

    private static async Task<byte[]> WriteAsync(byte[] bytes, CkcTerms terms)
    {
        await using var module = FairPlayVectors.Module();
        using var spc = await module.OpenAsync(bytes, null, default);
        using var key = ContentKey.Random();
        return (await ((KeyedSpc)spc).AnswerAsync(key, new byte[16], terms, default)).Ckc;
    }
}
