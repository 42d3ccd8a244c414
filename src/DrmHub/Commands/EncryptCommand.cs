using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using DrmHub.Cenc;
using DrmHub.Cenc.Encryption;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub encrypt</c>: protects an MP4 file by Common Encryption.</summary>
internal static class EncryptCommand
{
    public static Command Create()
    {
        var input = new Argument<string>("input") { Description = "The clear file, or - for standard input" };
        var output = new Argument<string>("output") { Description = "The protected file, or - for standard output" };
        var scheme = new Option<string>("--scheme") { Description = "cenc, cbc1, cens or cbcs", DefaultValueFactory = _ => "cenc" };
        var keys = new Option<string[]>("--key")
        {
            Description = "KID:KEY or KID:KEY:LABEL in hex; may be repeated. The label says for which tracks: AUDIO, VIDEO, SD, HD, UHD1, UHD2, a track id, or * for all (as without one). The most exact one that fits is taken; a track that none fits stays clear. With --crypto-period, keys of one label take turns",
            Required = true,
        };
        var iv = new Option<string?>("--iv") { Description = "IV of the first sample, 16 or 32 hex digits (default: random)" };
        var pattern = new Option<string>("--pattern") { Description = "Blocks encrypted and skipped in video of cens and cbcs", DefaultValueFactory = _ => "1:9" };
        var clearLead = new Option<double>("--clear-lead") { Description = "Seconds at the start that stay clear, rounded up to whole fragments" };
        var cryptoPeriod = new Option<double?>("--crypto-period") { Description = "Seconds between two keys (key rotation)" };
        var fragment = new Option<double>("--fragment") { Description = "Seconds of the fragments that a progressive file is cut into", DefaultValueFactory = _ => 2 };
        var pssh = new Option<string[]>("--pssh") { Description = "pssh boxes to write: common, widevine, playready, none, or a whole box as base64; may be repeated", DefaultValueFactory = _ => ["common"] };
        var censAudio = new Option<bool>("--allow-cens-audio") { Description = "Encrypt cens audio of partial blocks, which players read differently" };
        keys.Validators.Add(KeyArguments.ValidateKeys);
        keys.Validators.Add(ValidateLabels);
        Check(scheme, text => ProtectionSchemes.TryParse(text, out _), "is cenc, cbc1, cens or cbcs");
        Check(iv, text => text.Length is 16 or 32 && text.All(char.IsAsciiHexDigit), "is 16 or 32 hex digits");
        Check(pattern, text => TryPattern(text, out _), "is two numbers from 0 to 15 such as 1:9");
        Check(clearLead, text => IsSeconds(text, least: 0), "is a number of seconds, not below 0");
        Check(cryptoPeriod, text => IsSeconds(text, least: 0.001), "is a number of seconds above 0");
        Check(fragment, text => IsSeconds(text, least: 0.001), "is a number of seconds above 0");
        Check(pssh, PsshChoice.IsValid, "is common, widevine, playready, none, or a pssh box as base64");
        var command = new Command("encrypt", "Protect an MP4 file by Common Encryption") { input, output, scheme, keys, iv, pattern, clearLead, cryptoPeriod, fragment, pssh, censAudio };

        // The host catches signals only once the action has returned a task, so the work runs on another thread.
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            LabeledKey[] given = [.. parsed.GetRequiredValue(keys).Select(KeyArguments.Parse)];
            try
            {
                if (!ProtectionSchemes.TryParse(parsed.GetRequiredValue(scheme), out var named) || !TryPattern(parsed.GetRequiredValue(pattern), out var blocks))
                {
                    throw new InvalidOperationException("The options were validated before.");
                }

                var rotates = parsed.GetValue(cryptoPeriod) is not null;
                var choice = new PsshChoice(parsed.GetRequiredValue(pssh), named);
                return MediaFiles.Run(parsed.GetRequiredValue(input), parsed.GetRequiredValue(output), (source, target, progress) =>
                {
                    var schedule = new KeySchedule(given, parsed.GetValue(iv) is { } hex ? Convert.FromHexString(hex) : null, rotates ? choice : null);
                    using var encryptor = new FileEncryptor(new EncryptionOptions
                    {
                        Scheme = named,
                        Keys = schedule.Choose,
                        VideoPattern = blocks,
                        ClearLead = TimeSpan.FromSeconds(parsed.GetValue(clearLead)),
                        CryptoPeriod = parsed.GetValue(cryptoPeriod) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
                        FragmentDuration = TimeSpan.FromSeconds(parsed.GetRequiredValue(fragment)),
                        PsshBoxes = rotates ? [] : choice.Boxes(given),
                        AllowCensAudio = parsed.GetValue(censAudio),
                        OpenSpool = SpoolFile.Open,
                    });
                    encryptor.Encrypt(source, target, progress, cancellation);
                    if (!schedule.WasAsked) throw new CencFormatException("the input holds no movie: not an MP4 file");
                });
            }
            finally
            {
                foreach (var key in given) key.Key.Dispose();
            }
        }));
        return command;
    }

    private static void ValidateLabels(OptionResult result)
    {
        foreach (var token in result.Tokens)
        {
            if (!KeyArguments.TryParse(token.Value, out var key)) continue; // said by the other validator
            using (key.Key)
            {
                // A label that fits nothing would leave its tracks clear without a word.
                var known = key.Label is "" or "*" || uint.TryParse(key.Label, NumberStyles.None, CultureInfo.InvariantCulture, out _)
                    || key.Label.ToUpperInvariant() is "AUDIO" or "VIDEO" or "SD" or "HD" or "UHD1" or "UHD2";
                if (!known) result.AddError("--key: a label is AUDIO, VIDEO, SD, HD, UHD1, UHD2, a track id, or *.");
            }
        }
    }

    private static bool TryPattern(string text, out EncryptionPattern pattern)
    {
        pattern = default;
        var parts = text.Split(':');
        if (parts.Length != 2 || !Blocks(parts[0], out var crypt) || !Blocks(parts[1], out var skip) || (crypt == 0 && skip > 0)) return false;
        pattern = new EncryptionPattern(crypt, skip);
        return true;
    }

    private static bool Blocks(string text, out byte blocks) => byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out blocks) && blocks <= 15;

    private static bool IsSeconds(string text, double least) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds >= least && seconds <= TimeSpan.FromDays(365).TotalSeconds;

    private static void Check(Option option, Func<string, bool> valid, string form) => option.Validators.Add(result =>
    {
        if (result.Tokens.Any(token => !valid(token.Value))) result.AddError($"{option.Name} {form}.");
    });
}
