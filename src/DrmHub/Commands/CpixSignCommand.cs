using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using DrmHub.KeyService.Cpix;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub cpix sign</c> and <c>verify</c>.</summary>
internal static class CpixSignCommand
{
    private static readonly string[] Lists = ["recipients", "keys", "systems", "periods", "rules", "history"];

    public static Command CreateSign()
    {
        var file = CpixCommand.FileArgument();
        var certificate = new Option<string>("--certificate") { Description = "Certificate of the signer with its private key: PFX or PEM.", Required = true };
        var privateKey = CpixCommand.PrivateKeyOption();
        var password = CpixCommand.PasswordFileOption();
        var lists = new Option<string[]>("--list") { Description = $"Sign one list ({string.Join(", ", Lists)}); repeat for several. Default: the whole document." };
        lists.AcceptOnlyFromAmong(Lists);
        var whole = new Option<bool>("--document") { Description = "Sign the whole document, after the lists." };
        var c14n = new Option<string>("--c14n") { Description = "Canonical XML 1.0 (default, read by everyone) or 1.1.", DefaultValueFactory = _ => "1.0" };
        c14n.AcceptOnlyFromAmong("1.0", "1.1");
        var output = CpixCommand.OutOption();
        var command = new Command("sign", "Sign a document, or lists of it.") { file, certificate, privateKey, password, lists, whole, c14n, output };
        command.SetAction(parse => CpixCommand.Run(parse, writer =>
        {
            var document = CpixCommand.Load(parse.GetRequiredValue(file));
            using var signer = CpixCommand.LoadIdentity(parse.GetRequiredValue(certificate), parse.GetValue(privateKey), parse.GetValue(password));
            var canonicalization = parse.GetValue(c14n) == "1.1" ? CpixCanonicalization.C14N11 : CpixCanonicalization.C14N10;
            var names = parse.GetValue(lists) ?? [];
            foreach (var name in names) SignList(document, name, signer, canonicalization);
            if (names.Length == 0 || parse.GetValue(whole)) document.SignDocument(signer, canonicalization);
            CpixCommand.Save(document, parse.GetValue(output), writer);
            return CpixCommand.Done;
        }));
        return command;
    }

    public static Command CreateVerify()
    {
        var file = CpixCommand.FileArgument();
        var trusted = new Option<string[]>("--trusted") { Description = "Certificate (PEM or DER) of a signer to trust; repeat for several. Without it, only changes since signing are found." };
        var json = CpixCommand.JsonOption();
        var command = new Command("verify", "Verify the signatures of a document.") { file, trusted, json };
        command.SetAction(parse => CpixCommand.Run(parse, writer =>
        {
            var document = CpixCommand.Load(parse.GetRequiredValue(file));
            var certificates = (parse.GetValue(trusted) ?? []).Select(CpixCommand.LoadCertificate).ToList();
            var checks = document.CheckSignatures(new CpixSignaturePolicy { TrustedSigners = certificates.Count == 0 ? null : certificates });
            if (parse.GetValue(json))
            {
                var rows = checks.Select(static c => new { target = c.Signature.TargetName, good = c.IsGood, c.Code, c.Message, c.Signer });
                writer.WriteLine(JsonSerializer.Serialize(rows, JsonSerializerOptions.Web));
            }
            else
            {
                foreach (var check in checks)
                {
                    var verdict = check.IsGood ? "good" : $"{check.Code}: {check.Message}";
                    writer.WriteLine($"{check.Signature.TargetName ?? "nothing"} by {check.Signer ?? "nobody"}: {verdict}");
                }

                if (checks.Count == 0) writer.WriteLine("The document has no signatures.");
            }

            foreach (var one in certificates) one.Dispose();
            return checks.Count > 0 && checks.All(static c => c.IsGood) ? CpixCommand.Done : CpixCommand.Refused;
        }));
        return command;
    }

    private static void SignList(CpixDocument document, string name, X509Certificate2 signer, CpixCanonicalization canonicalization) => _ = name switch
    {
        "recipients" => document.Sign(document.DeliveryData, signer, canonicalization),
        "keys" => document.Sign(document.ContentKeys, signer, canonicalization),
        "systems" => document.Sign(document.DrmSystems, signer, canonicalization),
        "periods" => document.Sign(document.Periods, signer, canonicalization),
        "rules" => document.Sign(document.UsageRules, signer, canonicalization),
        _ => document.Sign(document.UpdateHistory, signer, canonicalization),
    };
}
