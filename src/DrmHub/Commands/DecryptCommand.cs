using System.CommandLine;
using DrmHub.Cenc;
using DrmHub.Cenc.Encryption;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub decrypt</c>: takes the protection off an MP4 file.</summary>
internal static class DecryptCommand
{
    public static Command Create()
    {
        var input = new Argument<string>("input") { Description = "The protected file, or - for standard input" };
        var output = new Argument<string>("output") { Description = "The clear file, or - for standard output" };
        var keys = new Option<string[]>("--key") { Description = "KID:KEY in hex, for each key id of the file; may be repeated. A label behind it is accepted and not looked at", Required = true };
        var censPartial = new Option<bool>("--cens-partial-blocks") { Description = "cens audio of ffmpeg, Bento4 or GPAC, which encrypt the last partial block of a sample" };
        keys.Validators.Add(KeyArguments.ValidateKeys);
        var command = new Command("decrypt", "Take the protection off an MP4 file") { input, output, keys, censPartial };

        // The host catches signals only once the action has returned a task, so the work runs on another thread.
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            var known = new Dictionary<KeyId, ContentKey>();
            try
            {
                foreach (var key in parsed.GetRequiredValue(keys).Select(KeyArguments.Parse))
                {
                    if (known.TryAdd(key.KeyId, key.Key)) continue;
                    using (key.Key)
                    {
                        if (!known[key.KeyId].SameAs(key.Key)) return Failures.Say($"key id {key.KeyId} has two different keys");
                    }
                }

                return MediaFiles.Run(parsed.GetRequiredValue(input), parsed.GetRequiredValue(output), (source, target, progress) =>
                {
                    var wasAsked = false;
                    using var decryptor = new FileDecryptor(new DecryptionOptions
                    {
                        Keys = keyId =>
                        {
                            wasAsked = true;
                            return known.GetValueOrDefault(keyId);
                        },
                        CensIncludesPartialBlock = parsed.GetValue(censPartial),
                        OpenSpool = SpoolFile.Open,
                    });
                    decryptor.Decrypt(source, target, progress, cancellation);
                    if (!wasAsked) throw new CencFormatException("nothing in the input is protected, or it is no MP4 file");
                });
            }
            finally
            {
                foreach (var key in known.Values) key.Dispose();
            }
        }));
        return command;
    }
}
