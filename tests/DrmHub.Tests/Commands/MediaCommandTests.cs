using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using DrmHub.Testing;

namespace DrmHub.DrmHub.Tests.Commands;

public sealed class MediaCommandTests
{
    private const string Kid = "abba271e8bcf552bbd2e86a434a9a5d9";
    private const string Key = "69eaa802a6763af979e8d1940fb88392";
    private const string OtherKid = "11111111111111111111111111111111";
    private const string OtherKey = "22222222222222222222222222222222";

    [SkippableTheory]
    [InlineData("h264_240", "cenc")]
    [InlineData("h264_240", "cbcs")]
    [InlineData("vp9_240", "cens")]
    [InlineData("aac", "cbc1")]
    public void What_is_encrypted_and_decrypted_is_the_clear_file_again(string name, string scheme)
    {
        var clear = MediaVectors.Get($"clear/{name}.mp4");
        using var folder = new TemporaryFolder();

        DrmHubProgram.Run("encrypt", clear, folder["p.mp4"], "--scheme", scheme, "--key", $"{Kid}:{Key}").Succeeded();
        DrmHubProgram.Run("decrypt", folder["p.mp4"], folder["c.mp4"], "--key", $"{Kid}:{Key}").Succeeded();

        Assert.NotEqual(File.ReadAllBytes(clear), File.ReadAllBytes(folder["p.mp4"]));
        Assert.Equal(File.ReadAllBytes(clear), File.ReadAllBytes(folder["c.mp4"]));
        Assert.Equal(["c.mp4", "p.mp4"], folder.Names());
    }

    /// <summary>The vector was made by Shaka Packager with this key and IV.</summary>
    [SkippableTheory]
    [InlineData("h264_240", "cenc", "1122334455667788")]
    [InlineData("h264_240", "cbcs", "11223344556677889900aabbccddeeff")]
    [InlineData("aac", "cenc", "1122334455667788")]
    public void The_protected_file_is_another_packager_s_byte_for_byte(string name, string scheme, string iv)
    {
        var clear = MediaVectors.Get($"clear/{name}.mp4");
        var expected = MediaVectors.Get($"single/{name}.{scheme}.mp4");
        using var folder = new TemporaryFolder();

        DrmHubProgram.Run("encrypt", clear, folder["p.mp4"], "--scheme", scheme, "--key", $"{Kid}:{Key}", "--iv", iv).Succeeded();

        Assert.Equal(File.ReadAllBytes(expected), File.ReadAllBytes(folder["p.mp4"]));
    }

    [SkippableFact]
    public void Pipes_work_in_both_directions()
    {
        var clear = File.ReadAllBytes(MediaVectors.Get("clear/h264_240.mp4"));

        var encrypted = DrmHubProgram.Run(["encrypt", "-", "-", "--scheme", "cbcs", "--key", $"{Kid}:{Key}"], clear);
        encrypted.SucceededQuietly();
        var decrypted = DrmHubProgram.Run(["decrypt", "-", "-", "--key", $"{Kid}:{Key}"], encrypted.OutputBytes);
        decrypted.SucceededQuietly();

        // Through a pipe there is no segment index; the media data is the same to the byte.
        Assert.Equal(MediaData(clear), MediaData(decrypted.OutputBytes));
        Assert.NotEqual(MediaData(clear), MediaData(encrypted.OutputBytes));
    }

    [SkippableFact]
    public void A_progressive_file_comes_through_a_pipe_and_leaves_nothing_behind()
    {
        var clear = MediaVectors.Get("clear/av_progressive.mp4");
        using var folder = new TemporaryFolder();
        using var temporary = new TemporaryFolder();
        string[] how = ["--scheme", "cbcs", "--key", $"{Kid}:{Key}", "--iv", "11223344556677889900aabbccddeeff"];

        DrmHubProgram.Run(["encrypt", "-", folder["pipe.mp4"], .. how], File.ReadAllBytes(clear), temporary[""]).SucceededQuietly();
        DrmHubProgram.Run(["encrypt", clear, folder["file.mp4"], .. how]).SucceededQuietly();

        Assert.Equal(File.ReadAllBytes(folder["file.mp4"]), File.ReadAllBytes(folder["pipe.mp4"]));
        Assert.Empty(temporary.Names());
    }

    [SkippableFact]
    public void A_progressive_file_from_a_pipe_that_cannot_be_kept_is_refused()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "TMPDIR is Linux's");
        var clear = File.ReadAllBytes(MediaVectors.Get("clear/av_progressive.mp4"));
        using var folder = new TemporaryFolder();

        var failed = DrmHubProgram.Run(["encrypt", "-", folder["p.mp4"], "--key", $"{Kid}:{Key}"], clear, folder["missing"]).Refused();

        Assert.Contains("TMPDIR names another folder", failed, StringComparison.Ordinal);
        Assert.Empty(folder.Names());
    }

    [SkippableFact]
    public void A_file_may_be_decrypted_in_place()
    {
        var clear = MediaVectors.Get("clear/h264_240.mp4");
        using var folder = new TemporaryFolder();
        var path = folder.Write("in.mp4", File.ReadAllBytes(MediaVectors.Get("single/h264_240.cenc.mp4")));

        DrmHubProgram.Run("decrypt", path, path, "--key", $"{Kid}:{Key}").Succeeded();

        Assert.Equal(MediaData(File.ReadAllBytes(clear)), MediaData(File.ReadAllBytes(path)));
        Assert.Equal(["in.mp4"], folder.Names());
    }

    [SkippableFact]
    public void Labels_rotation_and_clear_lead_show_in_the_probe()
    {
        var clear = MediaVectors.Get("clear/av_progressive.mp4");
        using var folder = new TemporaryFolder();

        DrmHubProgram.Run(
            "encrypt", clear, folder["p.mp4"], "--scheme", "cenc", "--crypto-period", "4", "--clear-lead", "2", "--pssh", "common", "--pssh", "widevine", "--pssh", "playready",
            "--key", $"{Kid}:{Key}:VIDEO", "--key", $"{OtherKid}:{OtherKey}:VIDEO", "--key", $"{new string('3', 32)}:{new string('4', 32)}:AUDIO").Succeeded();

        using var json = JsonDocument.Parse(DrmHubProgram.Run("probe", folder["p.mp4"], "--json").Succeeded());
        var root = json.RootElement;
        Assert.Equal("fragmented", root.GetProperty("layout").GetString());
        var video = root.GetProperty("tracks")[0];
        Assert.Equal("avc1", video.GetProperty("codec").GetString());
        var defaults = Assert.Single(video.GetProperty("protection").EnumerateArray());
        Assert.Equal("cenc", defaults.GetProperty("scheme").GetString());
        Assert.Equal(8, defaults.GetProperty("ivSize").GetInt32());
        Assert.Equal("00000000-0000-0000-0000-000000000000", defaults.GetProperty("keyId").GetString());
        Assert.True(video.GetProperty("hasClearDescription").GetBoolean());
        Assert.Equal(["abba271e-8bcf-552b-bd2e-86a434a9a5d9", "11111111-1111-1111-1111-111111111111"], video.GetProperty("rotatedKeys").EnumerateArray().Select(key => key.GetProperty("keyId").GetString()));
        Assert.Equal(1, root.GetProperty("tracks")[1].GetProperty("rotatedKeys").GetArrayLength());
        var systems = root.GetProperty("pssh").EnumerateArray().Select(box => box.GetProperty("system").GetString()).ToHashSet();
        Assert.Equal(["Common (W3C)", "PlayReady", "Widevine"], systems.Order(StringComparer.Ordinal));

        DrmHubProgram.Run("decrypt", folder["p.mp4"], folder["c.mp4"], "--key", $"{Kid}:{Key}", "--key", $"{OtherKid}:{OtherKey}", "--key", $"{new string('3', 32)}:{new string('4', 32)}").Succeeded();
        using var after = JsonDocument.Parse(DrmHubProgram.Run("probe", folder["c.mp4"], "--json").Succeeded());
        Assert.All(after.RootElement.GetProperty("tracks").EnumerateArray(), track => Assert.False(track.TryGetProperty("protection", out _)));
        Assert.Empty(after.RootElement.GetProperty("pssh").EnumerateArray());
    }

    [SkippableFact]
    public void The_most_exact_label_wins_whatever_the_order()
    {
        var clear = MediaVectors.Get("clear/av_progressive.mp4");
        using var folder = new TemporaryFolder();

        DrmHubProgram.Run("encrypt", clear, folder["a.mp4"], "--key", $"{Kid}:{Key}", "--key", $"{OtherKid}:{OtherKey}:audio").Succeeded();
        DrmHubProgram.Run("encrypt", clear, folder["b.mp4"], "--key", $"{OtherKid}:{OtherKey}:VIDEO", "--key", $"{Kid}:{Key}:1").Succeeded();

        Assert.Equal(new List<string?> { "abba271e-8bcf-552b-bd2e-86a434a9a5d9", "11111111-1111-1111-1111-111111111111" }, KeyIds("a.mp4"));
        Assert.Equal(new List<string?> { "abba271e-8bcf-552b-bd2e-86a434a9a5d9", null }, KeyIds("b.mp4"));

        List<string?> KeyIds(string name)
        {
            using var json = JsonDocument.Parse(DrmHubProgram.Run("probe", folder[name], "--json").Succeeded());
            return [.. json.RootElement.GetProperty("tracks").EnumerateArray().Select(track => track.TryGetProperty("protection", out var protection) ? protection[0].GetProperty("keyId").GetString() : null)];
        }
    }

    [SkippableFact]
    public void The_probe_tells_people_what_a_track_is()
    {
        var output = DrmHubProgram.Run("probe", MediaVectors.Get("misc/h264_240.cbcs.p3_7.mp4")).Succeeded();

        Assert.Contains("Track 1: video, avc1", output, StringComparison.Ordinal);
        Assert.Contains("426×240", output, StringComparison.Ordinal);
        Assert.Contains("constant, 11223344556677889900aabbccddeeff", output, StringComparison.Ordinal);
        Assert.Contains("3:7", output, StringComparison.Ordinal);
        Assert.Contains("abba271e-8bcf-552b-bd2e-86a434a9a5d9", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_failure_leaves_no_output_and_an_old_one_as_it_was()
    {
        var encrypted = File.ReadAllBytes(MediaVectors.Get("single/h264_240.cenc.mp4"));
        using var folder = new TemporaryFolder();
        var cut = folder.Write("cut.mp4", encrypted[..^1000]);
        var old = folder.Write("old.mp4", [1, 2, 3]);

        Assert.Contains("mdat", DrmHubProgram.Run("decrypt", cut, folder["new.mp4"], "--key", $"{Kid}:{Key}").Refused(), StringComparison.Ordinal);
        DrmHubProgram.Run("decrypt", cut, old, "--key", $"{Kid}:{Key}").Refused();

        Assert.Equal([1, 2, 3], File.ReadAllBytes(old));
        Assert.Equal(["cut.mp4", "old.mp4"], folder.Names());
    }

    [SkippableFact]
    public void Refusals_are_one_line_that_says_why_and_repeats_no_key()
    {
        var clear = MediaVectors.Get("clear/h264_240.mp4");
        var encrypted = MediaVectors.Get("single/h264_240.cenc.mp4");
        var progressive = File.ReadAllBytes(MediaVectors.Get("clear/av_progressive.mp4"));
        using var folder = new TemporaryFolder();
        var to = folder["x.mp4"];
        var key = $"{Kid}:{Key}";

        Says("there is no key for key id abba271e-8bcf-552b-bd2e-86a434a9a5d9", DrmHubProgram.Run("decrypt", encrypted, to, "--key", $"{OtherKid}:{OtherKey}"));
        Says("already protected", DrmHubProgram.Run("encrypt", encrypted, to, "--key", key));
        Says("nothing in the input is protected", DrmHubProgram.Run("decrypt", clear, to, "--key", key));
        Says("the input ends", DrmHubProgram.Run(["encrypt", "-", to, "--key", key], progressive[..^100]));
        Says("Could not find", DrmHubProgram.Run("encrypt", folder["none.mp4"], to, "--key", key));
        Says("is a folder", DrmHubProgram.Run("encrypt", clear, folder.Path, "--key", key));
        Says("is a folder", DrmHubProgram.Run("encrypt", folder.Path, to, "--key", key));
        Says("does not exist", DrmHubProgram.Run("encrypt", clear, folder["no/x.mp4"], "--key", key));
        Says("no movie", DrmHubProgram.Run(["encrypt", "-", to, "--key", key], []));
        Says("two different keys", DrmHubProgram.Run("decrypt", encrypted, to, "--key", key, "--key", $"{Kid}:{OtherKey}:SD"));
        Says("Could not find", DrmHubProgram.Run("encrypt", key, to, "--key", key));
        Says("same IV", DrmHubProgram.Run("encrypt", MediaVectors.Get("clear/av_progressive.mp4"), to, "--key", key, "--iv", "1122334455667788"));
        Says("no moov", DrmHubProgram.Run(["probe", "-"], []));
        Assert.Empty(folder.Names());
    }

    [Fact]
    public void Wrong_usage_is_exit_code_2_and_repeats_no_key()
    {
        var key = $"{Kid}:{Key}";
        string[][] wrong =
        [
            ["encrypt", "a.mp4"],
            ["encrypt", "a.mp4", "b.mp4"],
            ["encrypt", "a.mp4", "b.mp4", "--key", Key],
            ["encrypt", "a.mp4", "b.mp4", "--key", key + "0"],
            ["encrypt", "a.mp4", "b.mp4", "--key", key + ":4K"],
            ["encrypt", "a.mp4", "b.mp4", "--key", key, key],
            ["encrypt", "a.mp4", "b.mp4", "--key", key, "--scheme", "rot13"],
            ["encrypt", "a.mp4", "b.mp4", "--key", key, "--iv", "11"],
            ["encrypt", "a.mp4", "b.mp4", "--key", key, "--pattern", "0:9"],
            ["encrypt", "a.mp4", "b.mp4", "--key", key, "--crypto-period", "0"],
            ["encrypt", "a.mp4", "b.mp4", "--key", key, "--clear-lead", "-1"],
            ["encrypt", "a.mp4", "b.mp4", "--key", key, "--fragment", "NaN"],
            ["encrypt", "a.mp4", "b.mp4", "--key", key, "--pssh", "AAAA"],
            ["decrypt", "a.mp4", "b.mp4", "--key", $"{Kid}:{Convert.ToBase64String(Convert.FromHexString(Key))}"],
            ["probe"],
        ];

        Assert.All(wrong, args => AssertNoKey(DrmHubProgram.Run(args).Refused(exitCode: 2)));
        Assert.Contains("32 hex digits each (not base64)", DrmHubProgram.Run("decrypt", "a", "b", "--key", Key).Refused(exitCode: 2), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void A_signal_removes_the_half_written_output(string signal)
    {
        Skip.If(RuntimeInformation.IsOSPlatform(OSPlatform.Windows), "signals are sent with kill");
        var clear = File.ReadAllBytes(MediaVectors.Get("clear/h264_240.mp4"));
        using var folder = new TemporaryFolder();
        using var process = DrmHubProgram.Start(["encrypt", "-", folder["out.mp4"], "--key", $"{Kid}:{Key}"]);

        // Half of the input and no end: the program waits in its read.
        process.StandardInput.BaseStream.Write(clear.AsSpan(0, clear.Length / 2));
        process.StandardInput.BaseStream.Flush();
        Assert.True(SpinWait.SpinUntil(() => folder.Names().Length == 1, TimeSpan.FromMinutes(1)), "no temporary file appears");
        Thread.Sleep(500); // the program writes before it listens to signals, by an instant
        using (var kill = Process.Start("kill", ["-" + signal, process.Id.ToString()])) kill.WaitForExit();

        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(1)), "the signal does not end the program");
        Assert.NotEqual(0, process.ExitCode);
        Assert.Empty(folder.Names());
    }

    [SkippableFact]
    public void A_terminal_sees_a_progress_bar()
    {
        Skip.IfNot(File.Exists("/usr/bin/script"), "script is not installed");
        var clear = MediaVectors.Get("clear/h264_240.mp4");
        using var folder = new TemporaryFolder();
        var start = new ProcessStartInfo("/usr/bin/script") { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.Environment["TERM"] = "xterm-256color";
        start.ArgumentList.Add("-qec");
        start.ArgumentList.Add($"dotnet '{Path.Combine(AppContext.BaseDirectory, "drmhub.dll")}' encrypt '{clear}' '{folder["p.mp4"]}' --key {Kid}:{Key}");
        start.ArgumentList.Add("/dev/null");

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();

        Assert.True(process.ExitCode == 0, output);
        Assert.Contains("100%", output, StringComparison.Ordinal);
        Assert.True(File.Exists(folder["p.mp4"]));
    }

    private static void Says(string expected, ProgramResult result)
    {
        var error = result.Refused();
        Assert.Contains(expected, error, StringComparison.Ordinal);
        AssertNoKey(error);
    }

    private static void AssertNoKey(string text)
    {
        Assert.DoesNotContain(Key, text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(OtherKey, text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Convert.ToBase64String(Convert.FromHexString(Key)), text, StringComparison.Ordinal);
    }

    /// <summary>The content of every mdat box.</summary>
    private static byte[] MediaData(byte[] file)
    {
        var data = new List<byte>();
        for (var at = 0; at < file.Length;)
        {
            var size = (file[at] << 24) | (file[at + 1] << 16) | (file[at + 2] << 8) | file[at + 3];
            Assert.InRange(size, 8, file.Length - at);
            if (file.AsSpan(at + 4, 4).SequenceEqual("mdat"u8)) data.AddRange(file[(at + 8)..(at + size)]);
            at += size;
        }

        return [.. data];
    }
}
