using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.Cenc.Signalling;
using DrmHub.Testing;

namespace DrmHub.DrmHub.Tests.Commands;

public sealed class PsshCommandTests
{
    private const string Kid = "abba271e8bcf552bbd2e86a434a9a5d9";
    private const string Key = "69eaa802a6763af979e8d1940fb88392";
    private static readonly PsshBox Widevine = PsshBox.ForWidevine(new WidevinePsshData
    {
        KeyIds = [KeyId.Parse(Kid)],
        ContentId = "hello"u8.ToArray(),
        Provider = "acme\u001b[31m",
        Scheme = ProtectionScheme.Cbcs,
        CryptoPeriodIndex = 7,
        CryptoPeriodSeconds = 600,
    });

    public static TheoryData<string> Texts()
    {
        var box = Widevine.ToByteArray();
        var base64 = Convert.ToBase64String(box);
        return
        [
            base64,
            base64.Replace('+', '-').Replace('/', '_').TrimEnd('='),
            Convert.ToHexString(box),
            "0x" + Convert.ToHexStringLower(box),
            " " + base64 + "\n",
            "data:text/plain;base64," + base64,
        ];
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Every_encoding_of_a_box_is_decoded(string text)
    {
        var entry = Single(DrmHubProgram.Run("pssh", "decode", text, "--json"));

        Assert.Equal("edef8ba9-79d6-4ace-a3c8-27dcd51d21ed", entry.GetProperty("systemId").GetString());
        var widevine = entry.GetProperty("widevine");
        Assert.Equal("abba271e-8bcf-552b-bd2e-86a434a9a5d9", Assert.Single(widevine.GetProperty("keyIds").EnumerateArray()).GetString());
        Assert.Equal("hello", widevine.GetProperty("contentIdText").GetString());
        Assert.Equal("cbcs", widevine.GetProperty("scheme").GetString());
        Assert.Equal(7, widevine.GetProperty("cryptoPeriodIndex").GetInt32());
        Assert.Equal(600, widevine.GetProperty("cryptoPeriodSeconds").GetInt32());
        Assert.Equal(Widevine.ToBase64(), entry.GetProperty("base64").GetString());
    }

    [Fact]
    public void The_table_is_for_people_and_carries_no_control_sequences()
    {
        var output = DrmHubProgram.Run("pssh", "decode", Widevine.ToBase64()).Succeeded();

        Assert.Contains("Widevine (edef8ba9-79d6-4ace-a3c8-27dcd51d21ed)", output, StringComparison.Ordinal);
        Assert.Contains("hello (hex 68656c6c6f)", output, StringComparison.Ordinal);
        Assert.Contains("600 s", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', output);
    }

    [Fact]
    public void Data_without_a_box_is_recognized()
    {
        var playReady = PlayReadyObject.Create(WrmHeader.Create([WrmKey.ForScheme(KeyId.Parse(Kid), ProtectionScheme.Cenc)], "https://x.example/?a=1&b=2"));

        var entry = Single(DrmHubProgram.Run("pssh", "decode", playReady.ToBase64(), "--json"));
        Assert.Equal("playready-object", entry.GetProperty("form").GetString());
        Assert.Equal("https://x.example/?a=1&b=2", entry.GetProperty("playReady").GetProperty("licenseUrl").GetString());
        Assert.Equal("4.0.0.0", entry.GetProperty("playReady").GetProperty("headerVersion").GetString());

        entry = Single(DrmHubProgram.Run("pssh", "decode", Convert.ToBase64String(Widevine.Data.Span), "--json"));
        Assert.Equal("widevine-data", entry.GetProperty("form").GetString());
    }

    [Fact]
    public void Every_box_of_a_file_and_of_a_pipe_is_shown()
    {
        using var folder = new TemporaryFolder();
        var common = PsshBox.ForCommon([KeyId.Parse(Kid)]).ToByteArray();
        byte[] file = [.. Box("ftyp", new byte[8]), .. Box("moov", [.. common, .. Widevine.ToByteArray()]), .. Box("moof", common), .. Box("mdat", new byte[9])];
        var path = folder.Write("in.mp4", file);

        foreach (var result in new[] { DrmHubProgram.Run("pssh", "decode", path, "--json"), DrmHubProgram.Run(["pssh", "decode", "-", "--json"], file) })
        {
            using var json = JsonDocument.Parse(result.Succeeded());
            Assert.Equal(["moov/pssh", "moov/pssh", "moof/pssh"], json.RootElement.EnumerateArray().Select(entry => entry.GetProperty("path").GetString()));
            Assert.Equal([24, 24 + common.Length, 24 + common.Length + Widevine.Size + 8], json.RootElement.EnumerateArray().Select(entry => entry.GetProperty("offset").GetInt64()));
        }

        Assert.Contains("moov/pssh at 24, 52 bytes, 2 times", DrmHubProgram.Run("pssh", "decode", path).Succeeded(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_saved_text_or_box_is_read_from_a_file()
    {
        using var folder = new TemporaryFolder();

        Single(DrmHubProgram.Run("pssh", "decode", folder.Write("a.txt", Encoding.ASCII.GetBytes(Widevine.ToBase64() + "\r\n")), "--json"));
        Single(DrmHubProgram.Run("pssh", "decode", folder.Write("b.bin", Widevine.ToByteArray()), "--json"));
    }

    [Fact]
    public void Manifests_and_key_documents_are_looked_into()
    {
        using var folder = new TemporaryFolder();
        var playReady = PlayReadyObject.Create(WrmHeader.Create([WrmKey.ForScheme(KeyId.Parse(Kid), ProtectionScheme.Cenc)]));
        var mpd = "\uFEFF<?xml version=\"1.0\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\">\n" + ContentProtection.ForWidevine(Widevine).ToXml() + "\n" + ContentProtection.ForPlayReady(playReady).ToXml() + "\n</MPD>";
        var cpix = $"<CPIX xmlns=\"urn:dashif:org:cpix\"><DRMSystemList><DRMSystem><PSSH>\n{Widevine.ToBase64()}\n</PSSH><PSSH/></DRMSystem></DRMSystemList></CPIX>";
        var hls = "#EXTM3U\r\n" + HlsKeyTag.ForWidevine(ProtectionScheme.Cbcs, KeyId.Parse(Kid), Widevine).ToSessionTag() + "\r\n" + HlsKeyTag.ForPlayReady(ProtectionScheme.Cbcs, playReady).ToMediaTag()
            + "\r\n" + HlsKeyTag.ForClearKey(ProtectionScheme.Cbcs, KeyId.Parse(Kid)).ToMediaTag() + "\r\n" + HlsKeyTag.ForAes128("key").ToMediaTag()
            + "\r\n#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"data:text/plain;base64,eITS6xafTDe27R9xX2w/4w==\",KEYFORMAT=\"identity\"";

        Assert.Equal(["cenc:pssh on line 3", "cenc:pssh on line 4", "mspr:pro on line 4"], Paths(folder.Write("a.mpd", Encoding.UTF8.GetBytes(mpd))));
        Assert.Equal(["PSSH on line 1"], Paths(folder.Write("a.xml", Encoding.UTF8.GetBytes(cpix))));
        Assert.Equal(["#EXT-X-SESSION-KEY on line 2", "#EXT-X-KEY on line 3"], Paths(folder.Write("a.m3u8", Encoding.UTF8.GetBytes(hls))));

        string[] broken =
        [
            "<MPD>", "<MPD><pssh>AAAA</pssh></MPD>", "<!DOCTYPE MPD [<!ENTITY a \"b\">]><MPD><pssh>&a;</pssh></MPD>",
            string.Concat(Enumerable.Repeat("<a>", 100)) + string.Concat(Enumerable.Repeat("</a>", 100)), "<MPD/>", "#EXTM3U", "#EXT-X-KEY:URI=\"data:text/plain;base64,AAAA",
        ];
        Assert.All(broken, text => DrmHubProgram.Run(["pssh", "decode", "-"], Encoding.UTF8.GetBytes(text)).Refused());

        static IEnumerable<string?> Paths(string path)
        {
            using var json = JsonDocument.Parse(DrmHubProgram.Run("pssh", "decode", path, "--json").Succeeded());
            return [.. json.RootElement.EnumerateArray().Select(entry => entry.GetProperty("path").GetString())];
        }
    }

    [Fact]
    public void A_broken_file_shows_what_stands_before_the_break()
    {
        using var folder = new TemporaryFolder();
        byte[] file = [.. Widevine.ToByteArray(), .. Box("moov", Widevine.ToByteArray())];

        var result = DrmHubProgram.Run("pssh", "decode", folder.Write("in.mp4", file[..^3]));

        Assert.Contains("hello", result.Output, StringComparison.Ordinal);
        Assert.Contains($"moov/pssh at offset {Widevine.Size + 8}", result.Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void Broken_data_inside_a_sound_box_is_a_failure_that_shows_the_bytes()
    {
        var box = new PsshBox(DrmSystemIds.Widevine, [], [0x12, 0xFF]);

        var result = DrmHubProgram.Run("pssh", "decode", box.ToBase64(), "--json");

        Assert.Contains("Widevine pssh data", result.Refused(), StringComparison.Ordinal);
        using var json = JsonDocument.Parse(result.Output);
        Assert.Equal("12ff", json.RootElement[0].GetProperty("dataHex").GetString());
    }

    [Theory]
    [InlineData("no-such-file.mp4")]
    [InlineData("!!!")]
    [InlineData("00")]
    [InlineData("AAAA")]
    public void What_cannot_be_read_is_refused_with_the_encodings_that_are_expected(string input)
    {
        var error = DrmHubProgram.Run("pssh", "decode", input).Refused();

        Assert.Contains("base64, base64url or hex", error, StringComparison.Ordinal);
        Assert.Contains("a file", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_box_as_text_is_refused_with_what_is_wrong_in_it()
    {
        var box = Widevine.ToByteArray();

        Assert.Contains($"says {box.Length} bytes, but {box.Length - 1} are there", DrmHubProgram.Run("pssh", "decode", Convert.ToBase64String(box.AsSpan(0, box.Length - 1))).Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void Built_boxes_are_the_library_s_own()
    {
        Assert.Equal(
            PsshBox.ForWidevine(new WidevinePsshData { KeyIds = [KeyId.Parse(Kid)], ContentId = new byte[] { 0, 0xFF }, Scheme = ProtectionScheme.Cenc, CryptoPeriodIndex = 0, CryptoPeriodSeconds = 10 }).ToBase64(),
            DrmHubProgram.Run("pssh", "build", "--system", "widevine", "--kid", Kid, "--content-id-hex", "00ff", "--scheme", "cenc", "--period-index", "0", "--period-seconds", "10").Succeeded().Trim());
        Assert.Equal(
            Convert.ToHexStringLower(PsshBox.ForCommon([KeyId.Parse(Kid), default]).ToByteArray()),
            DrmHubProgram.Run("pssh", "build", "--system", "common", "--kid", KeyId.Parse(Kid).ToString(), "--kid", new string('0', 32), "--as", "hex").Succeeded().Trim());
        Assert.Equal(
            new PsshBox(DrmSystemIds.FairPlay, [KeyId.Parse(Kid)], [1, 2, 3]).ToBase64(),
            DrmHubProgram.Run("pssh", "build", "--system", "fairplay", "--kid", Kid, "--data", "AQID").Succeeded().Trim());
    }

    [Fact]
    public void A_playready_header_gets_the_checksum_of_a_given_key()
    {
        using var key = new ContentKey(Convert.FromHexString(Key));
        var expected = PlayReadyObject.Create(WrmHeader.Create([WrmKey.ForScheme(KeyId.Parse(Kid), ProtectionScheme.Cenc, key)], "https://x.example/"));

        var output = DrmHubProgram.Run("pssh", "build", "--system", "playready", "--key", Kid + ":" + Key, "--license-url", "https://x.example/", "--as", "data").Succeeded();

        Assert.Equal(expected.ToBase64(), output.Trim());
    }

    [Fact]
    public void Manifest_lines_are_printed()
    {
        var dash = DrmHubProgram.Run("pssh", "build", "--system", "playready", "--kid", Kid, "--scheme", "cbcs", "--as", "dash").Succeeded();
        Assert.Equal(["cbcs", "MSPR 2.0"], XElement.Parse("<r>" + dash + "</r>").Elements().Select(element => element.Attribute("value")!.Value));

        var hls = DrmHubProgram.Run("pssh", "build", "--system", "common", "--kid", Kid, "--scheme", "cbcs", "--as", "hls").Succeeded();
        Assert.StartsWith("#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"data:text/plain;base64,", hls, StringComparison.Ordinal);
        var session = DrmHubProgram.Run("pssh", "build", "--system", "fairplay", "--kid", Kid, "--scheme", "cbcs", "--asset-uri", "skd://a", "--as", "hls-session").Succeeded();
        Assert.StartsWith("#EXT-X-SESSION-KEY:METHOD=SAMPLE-AES,URI=\"skd://a\",KEYFORMAT=\"com.apple.streamingkeydelivery\"", session, StringComparison.Ordinal);
        var clearKey = DrmHubProgram.Run("pssh", "build", "--system", "clearkey", "--kid", Kid, "--license-url", "https://x.example/?a=1&b=2", "--as", "dash").Succeeded();
        Assert.Equal("https://x.example/?a=1&b=2", XElement.Parse("<r>" + clearKey + "</r>").Elements().Last().Value);
    }

    [Fact]
    public void What_cannot_be_built_is_refused_in_one_line()
    {
        Assert.Equal("drmhub: HLS has no method for the scheme cens; it has for cenc and cbcs.", DrmHubProgram.Run("pssh", "build", "--system", "common", "--kid", Kid, "--scheme", "cens", "--as", "hls").Refused().Trim());
        Assert.Contains("--license-url", DrmHubProgram.Run("pssh", "build", "--system", "clearkey", "--kid", Kid, "--as", "dash").Refused(), StringComparison.Ordinal);
        Assert.Contains("--asset-uri", DrmHubProgram.Run("pssh", "build", "--system", "fairplay", "--kid", Kid, "--scheme", "cbcs", "--as", "hls").Refused(), StringComparison.Ordinal);
        Assert.Contains("cbcs", DrmHubProgram.Run("pssh", "build", "--system", "fairplay", "--kid", Kid, "--asset-uri", "skd://a", "--as", "hls").Refused(), StringComparison.Ordinal);
        Assert.Contains("absolute", DrmHubProgram.Run("pssh", "build", "--system", "playready", "--kid", Kid, "--license-url", "relative").Refused(), StringComparison.Ordinal);
        Assert.Contains("--kid", DrmHubProgram.Run("pssh", "build", "--system", "widevine").Refused(), StringComparison.Ordinal);
        Assert.Contains("Widevine", DrmHubProgram.Run("pssh", "build", "--system", "common", "--kid", Kid, "--provider", "acme").Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_usage_is_exit_code_2_and_repeats_no_key()
    {
        string[][] wrong =
        [
            ["pssh"],
            ["pssh", "build"],
            ["pssh", "build", "--system", "marlin", "--kid", Kid],
            ["pssh", "build", "--system", "common", "--kid", "abc"],
            ["pssh", "build", "--system", "common", "--kid", Kid, "--as", "yaml"],
            ["pssh", "build", "--system", "playready", "--key", Kid + ":" + Key + "0"],
            ["pssh", "build", "--system", "playready", "--key", Kid + ":" + Key, "--key", Kid + ":" + Key],
            ["pssh", "build", "--system", "playready", "--key", Kid + ":" + Key, Kid + ":" + Key],
            ["pssh", "build", "--system", "playready", Key],
            ["pssh", "build", "--system", "widevine", "--content-id", "a", "--content-id-hex", "00"],
        ];

        Assert.All(wrong, args => Assert.DoesNotContain(Key, DrmHubProgram.Run(args).Refused(exitCode: 2), StringComparison.OrdinalIgnoreCase));
    }

    private static JsonElement Single(ProgramResult result)
    {
        using var json = JsonDocument.Parse(result.Succeeded());
        return Assert.Single(json.RootElement.EnumerateArray()).Clone();
    }

    private static byte[] Box(string type, byte[] content) =>
        [0, 0, (byte)((content.Length + 8) >> 8), (byte)(content.Length + 8), .. Encoding.ASCII.GetBytes(type), .. content];
}
