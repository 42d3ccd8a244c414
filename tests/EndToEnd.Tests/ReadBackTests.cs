using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;
using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.Testing;

namespace DrmHub.EndToEnd.Tests;

/// <summary>Shaka Packager encrypts with keys from a hub and decrypts again: the samples are those of the source.</summary>
public sealed partial class ReadBackTests
{
    [SkippableTheory]
    [InlineData("cenc")]
    [InlineData("cbcs")]
    public async Task Widevine_decryption_asks_with_the_pssh_and_gets_the_same_keys(string scheme)
    {
        Skip.If(Tools.ShakaPackager is null, "Needs shaka-packager: tests/run installs it.");
        await using var hub = await HubProcess.StartAsync();
        using var folder = new TemporaryFolder();
        string[] server = ["--key_server_url", new Uri(hub.Address, "/cenc/getcontentkey/widevine_test").AbsoluteUri, "--signer", "widevine_test", "--aes_signing_key", Packaging.TestKey, "--aes_signing_iv", Packaging.TestIv];
        await RunAsync([Stream("demo-sd.mp4", folder, "plain.mp4")]);
        await RunAsync([Stream("demo-sd.mp4", folder, "locked.mp4"), "--enable_widevine_encryption", "--content_id", Convert.ToHexStringLower(Encoding.UTF8.GetBytes("demo-readback")), "--protection_scheme", scheme, "--clear_lead", "0", .. server]);
        await RunAsync([$"in={folder.Path}/locked.mp4,stream=video,output={folder.Path}/opened.mp4", "--enable_widevine_decryption", .. server]);

        var plain = await MediaDataAsync(folder, "plain.mp4");
        Assert.NotEqual(plain, await MediaDataAsync(folder, "locked.mp4"));
        Assert.Equal(plain, await MediaDataAsync(folder, "opened.mp4"));
    }

    [SkippableTheory]
    [InlineData("cenc")]
    [InlineData("cbcs")]
    public async Task PlayReady_packaging_gets_a_key_and_a_header_for_its_program(string scheme)
    {
        Skip.If(Tools.ShakaPackager is null, "Needs shaka-packager: tests/run installs it.");
        await using var hub = await HubProcess.StartAsync();
        using var folder = new TemporaryFolder();
        var url = new Uri(hub.Address, $"/playready/AcquirePackagingData?scheme={scheme}").AbsoluteUri;
        await RunAsync([Stream("demo-sd.mp4", folder, "plain.mp4")]);
        await RunAsync([Stream("demo-sd.mp4", folder, "locked.mp4"), "--enable_playready_encryption", "--playready_server_url", url, "--program_identifier", "demo-program", "--protection_scheme", scheme, "--clear_lead", "0"]);

        var locked = await File.ReadAllBytesAsync(Path.Combine(folder.Path, "locked.mp4"));
        var at = locked.AsSpan().IndexOf("pssh"u8) - 4;
        var box = PsshBox.Parse(locked.AsSpan(at, BinaryPrimitives.ReadInt32BigEndian(locked.AsSpan(at))));
        Assert.Equal(DrmSystemIds.PlayReady, box.SystemId);
        var header = PlayReadyObject.Parse(box.Data.Span).ReadHeader()!;

        // The same program again: the same key.
        using var request = new StringContent(Soap("demo-program"), Encoding.UTF8, "text/xml");
        var answer = await (await hub.Http.PostAsync(url, request)).Content.ReadAsStringAsync();
        var keyId = KeyId.Parse(KeyIdTag().Match(answer).Groups[1].Value);
        var key = Convert.ToHexStringLower(Convert.FromBase64String(KeyDataTag().Match(answer).Groups[1].Value));
        Assert.Equal(keyId, Assert.Single(header.Keys).KeyId);

        await RunAsync([$"in={folder.Path}/locked.mp4,stream=video,output={folder.Path}/opened.mp4", "--enable_raw_key_decryption", "--keys", $"label=:key_id={keyId.ToHex()}:key={key}"]);
        var plain = await MediaDataAsync(folder, "plain.mp4");
        Assert.NotEqual(plain, await MediaDataAsync(folder, "locked.mp4"));
        Assert.Equal(plain, await MediaDataAsync(folder, "opened.mp4"));
    }

    internal static string Stream(string sample, TemporaryFolder folder, string output) => $"in={Tools.Sample(sample)},stream=video,drm_label=SD,output={folder.Path}/{output}";

    internal static async Task RunAsync(string[] arguments)
    {
        var (exitCode, _, error) = await Tools.RunAsync(Tools.ShakaPackager!, arguments);
        Assert.True(exitCode == 0, error);
    }

    /// <summary>The payload of every top-level <c>mdat</c> box, in order.</summary>
    internal static async Task<byte[]> MediaDataAsync(TemporaryFolder folder, string name)
    {
        var file = await File.ReadAllBytesAsync(Path.Combine(folder.Path, name));
        var data = new List<byte>();
        for (var at = 0; at < file.Length;)
        {
            var size = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            if (file.AsSpan(at + 4, 4).SequenceEqual("mdat"u8)) data.AddRange(file.AsSpan((at + 8)..(at + size)));
            at += size;
        }

        Assert.NotEmpty(data);
        return [.. data];
    }

    private static string Soap(string program) =>
        """<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><AcquirePackagingData xmlns="http://schemas.microsoft.com/DRM/2007/03/protocols"><challenge xmlns="http://schemas.microsoft.com/DRM/2007/03/protocols/AcquirePackagingData/v1.0"><StreamProtectionRequests><StreamInformation><ProgramIdentifier>"""
        + program + "</ProgramIdentifier></StreamInformation></StreamProtectionRequests></challenge></AcquirePackagingData></soap:Body></soap:Envelope>";

    [GeneratedRegex("<KeyId>([^<]+)</KeyId>")]
    private static partial Regex KeyIdTag();

    [GeneratedRegex("<KeyData>([^<]+)</KeyData>")]
    private static partial Regex KeyDataTag();
}
