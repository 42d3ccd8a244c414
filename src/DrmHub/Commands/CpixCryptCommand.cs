using System.CommandLine;
using DrmHub.KeyService.Cpix;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub cpix encrypt</c> and <c>decrypt</c>.</summary>
internal static class CpixCryptCommand
{
    public static Command CreateEncrypt()
    {
        var file = CpixCommand.FileArgument();
        var recipients = new Option<string[]>("--recipient")
        {
            Description = "Certificate (PEM or DER) of someone who may read the keys; repeat for several. Default: the recipients in the document.",
        };
        var output = CpixCommand.OutOption();
        var command = new Command("encrypt", "Encrypt the keys of a document for its recipients.") { file, recipients, output };
        command.SetAction(parse => CpixCommand.Run(parse, writer =>
        {
            var document = CpixCommand.Load(parse.GetRequiredValue(file));
            foreach (var recipient in parse.GetValue(recipients) ?? [])
            {
                using var certificate = CpixCommand.LoadCertificate(recipient);
                document.AddRecipient(certificate);
            }

            document.EncryptKeys();
            CpixCommand.Save(document, parse.GetValue(output), writer);
            return CpixCommand.Done;
        }));
        return command;
    }

    public static Command CreateDecrypt()
    {
        var file = CpixCommand.FileArgument();
        var certificate = new Option<string>("--certificate") { Description = "Certificate of the recipient with its private key: PFX or PEM.", Required = true };
        var privateKey = CpixCommand.PrivateKeyOption();
        var password = CpixCommand.PasswordFileOption();
        var output = CpixCommand.OutOption();
        var command = new Command("decrypt", "Decrypt the keys of a document and take its recipients out.") { file, certificate, privateKey, password, output };
        command.SetAction(parse => CpixCommand.Run(parse, writer =>
        {
            var document = CpixCommand.Load(parse.GetRequiredValue(file));
            using var identity = CpixCommand.LoadIdentity(parse.GetRequiredValue(certificate), parse.GetValue(privateKey), parse.GetValue(password));
            document.DecryptKeys(identity);
            CpixCommand.Save(document, parse.GetValue(output), writer);
            return CpixCommand.Done;
        }));
        return command;
    }
}
