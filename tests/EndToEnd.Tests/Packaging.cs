namespace DrmHub.EndToEnd.Tests;

/// <summary>Packages the sample clip with Shaka Packager, with keys from a hub.</summary>
internal sealed record Packaging
{
    public const string TestKey = "1ae8ccd0e7985cc0b6203a55855a1034afc252980e970ca90e5202689f947ab9";
    public const string TestIv = "d58ce954203b7c9a9a9d467f59839249";

    public required string ContentId { get; init; }

    public string Scheme { get; init; } = "cenc";

    public int? CryptoPeriodSeconds { get; init; }

    /// <summary>Asks for media that carries its keys, wrapped.</summary>
    public bool Entitlement { get; init; }

    /// <summary>Null signs with AES and the public test credentials.</summary>
    public string? RsaKeyFile { get; init; }

    public string Signer { get; init; } = "widevine_test";

    public string SigningKey { get; init; } = TestKey;

    /// <summary>Writes <c>dash.mpd</c>, <c>hls.m3u8</c> and the media into a folder.</summary>
    public Task<(int ExitCode, string Output, string Error)> RunAsync(HubProcess hub, string folder)
    {
        List<string> arguments = [];
        foreach (var (stream, label) in (ReadOnlySpan<(string, string)>)[("audio", "AUDIO"), ("sd", "SD"), ("hd", "HD")])
        {
            var kind = stream == "audio" ? "audio" : "video";
            arguments.Add(
                $"in={Tools.Sample($"demo-{stream}.mp4")},stream={kind},drm_label={label},init_segment={folder}/{stream}-init.mp4,"
                + $"segment_template={folder}/{stream}-$Number$.m4s,playlist_name={stream}.m3u8" + (kind == "audio" ? ",hls_group_id=audio,hls_name=en" : ""));
        }

        arguments.AddRange([
            "--enable_widevine_encryption",
            "--key_server_url", new Uri(hub.Address, $"/cenc/getcontentkey/{Signer}").AbsoluteUri,
            "--content_id", Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(ContentId)),
            "--signer", Signer,
            "--protection_scheme", Scheme,
            "--protection_systems", "Widevine,CommonSystem",
            "--clear_lead", "0",
            "--segment_duration", "2",
            "--generate_static_live_mpd",
            "--mpd_output", $"{folder}/dash.mpd",
            "--hls_master_playlist_output", $"{folder}/hls.m3u8",
        ]);
        arguments.AddRange(RsaKeyFile is null ? ["--aes_signing_key", SigningKey, "--aes_signing_iv", TestIv] : ["--rsa_signing_key_path", RsaKeyFile]);
        if (Entitlement) arguments.Add("--enable_entitlement_license");
        if (CryptoPeriodSeconds is { } seconds) arguments.AddRange(["--crypto_period_duration", seconds.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        return Tools.RunAsync(Tools.ShakaPackager!, arguments);
    }
}
