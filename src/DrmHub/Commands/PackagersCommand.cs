using System.CommandLine;
using DrmHub.Cenc;
using DrmHub.Vault.Keys.Packagers;

namespace DrmHub.Host.Commands;

/// <summary>
/// <c>drmhub packagers add|list|revoke|rotate</c>: who may ask for keys. A new secret is alone on standard output, once; what goes
/// with it (user name, access key id) is on standard error, and both are in the JSON.
/// </summary>
internal static class PackagersCommand
{
    public static Command Create() => new("packagers", "Look after packagers and their credentials") { Add(), PackagersListCommand.Create(), Revoke(), Rotate() };

    private static Command Add()
    {
        var name = NameArgument();
        var kind = KindOption("api-key");
        var content = new Option<string[]>("--content") { Description = "A content id, or a prefix and a star, that it may ask for; may be repeated. Default: any" };
        var system = new Option<string[]>("--system") { Description = "widevine, playready, fairplay, clearkey or aes128; may be repeated. Default: any" };
        var encrypted = new Option<bool>("--encrypted-only") { Description = "Never give it plain keys" };
        var rate = new Option<int>("--rate") { Description = "Requests a second over all nodes", DefaultValueFactory = _ => Packager.DefaultRate };
        var certificate = new Option<string?>("--certificate") { Description = "PEM or DER file: the certificate that its keys are encrypted to" };
        var publicKey = PublicKeyOption();
        var json = CpixCommand.JsonOption();
        system.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string[]>()?.Any(each => ParseSystem(each) is null) == true) result.AddError("--system is one of widevine, playready, fairplay, clearkey, aes128.");
        });
        return PackagersSetup.Define("add", "Add a packager and print its secret", [name, kind, content, system, encrypted, rate, certificate, publicKey, json], async (parsed, setup, cancellationToken) =>
        {
            var chosen = ParseKind(parsed.GetValue(kind));
            var packager = new Packager
            {
                Name = parsed.GetRequiredValue(name),
                Patterns = parsed.GetValue(content) ?? [],
                Systems = [.. (parsed.GetValue(system) ?? []).Select(each => ParseSystem(each)!.Value).Distinct()],
                PlainKeys = !parsed.GetValue(encrypted),
                Rate = parsed.GetValue(rate),
                Certificate = parsed.GetValue(certificate) is { } file ? PackagerFiles.ReadRecipient(file) : null,
            };
            var issued = await setup.Store.AddAsync(packager, chosen, PackagerFiles.ReadPublicKey(chosen, parsed.GetValue(publicKey)), cancellationToken);
            if (issued is null) return Failures.Say($"there is, or was, a packager {packager.Name}; see drmhub packagers rotate.");
            var limits = new Dictionary<string, string>
            {
                ["content"] = packager.Patterns.Count == 0 ? "*" : string.Join(' ', packager.Patterns),
                ["systems"] = packager.Systems.Count == 0 ? "*" : string.Join(' ', packager.Systems),
                ["keys"] = packager.PlainKeys ? "plain" : "encrypted",
            };
            await setup.RecordAsync("packager.added", packager.Name, chosen, limits, cancellationToken);
            PackagerPrinter.Print(packager.Name, issued, parsed.GetValue(json));
            return 0;
        });
    }

    private static Command Rotate()
    {
        var name = NameArgument();
        var kind = KindOption(null);
        var grace = new Option<int>("--grace") { Description = "Minutes that the old credential still counts. Default 0: it ends now" };
        var publicKey = PublicKeyOption();
        var json = CpixCommand.JsonOption();
        grace.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 43_200) result.AddError("--grace is 0 to 43200 minutes.");
        });
        return PackagersSetup.Define("rotate", "Give a packager a new credential in the place of the old, or one of a kind that it has not", [name, kind, grace, publicKey, json], async (parsed, setup, cancellationToken) =>
        {
            var packager = parsed.GetRequiredValue(name);
            if (await ChooseKindAsync(setup, packager, parsed.GetValue(kind), cancellationToken) is not { } chosen)
                return Failures.Say($"there is no active packager {packager} with exactly one kind of credential: name the kind with --credential.");
            var issued = await setup.Store.RotateAsync(packager, chosen, PackagerFiles.ReadPublicKey(chosen, parsed.GetValue(publicKey)), TimeSpan.FromMinutes(parsed.GetValue(grace)), cancellationToken);
            if (issued is null) return Failures.Say($"there is no active packager {packager}.");
            await setup.RecordAsync("packager.rotated", packager, chosen, new Dictionary<string, string> { ["graceMinutes"] = parsed.GetValue(grace).ToString(System.Globalization.CultureInfo.InvariantCulture) }, cancellationToken);
            PackagerPrinter.Print(packager, issued, parsed.GetValue(json));
            return 0;
        });
    }

    private static Command Revoke()
    {
        var name = NameArgument();
        var kind = KindOption(null);
        kind.Description = "Take away the credentials of this kind alone. Default: revoke the packager for good";
        return PackagersSetup.Define("revoke", "Accept nothing of a packager any more, on all nodes within a second", [name, kind], async (parsed, setup, cancellationToken) =>
        {
            var packager = parsed.GetRequiredValue(name);
            CredentialKind? chosen = parsed.GetValue(kind) is { } text ? ParseKind(text) : null;
            var done = chosen is { } one ? await setup.Store.RevokeAsync(packager, one, cancellationToken) : await setup.Store.RevokeAsync(packager, cancellationToken);
            if (!done) return Failures.Say(chosen is null ? $"there is no active packager {packager}." : $"{packager} has no such credential.");
            await setup.RecordAsync("packager.revoked", packager, chosen, null, cancellationToken);
            await Console.Error.WriteLineAsync($"{packager} is revoked{(chosen is null ? "" : " for " + chosen.Value.ToName())}.");
            return 0;
        });
    }

    private static async Task<CredentialKind?> ChooseKindAsync(PackagersSetup setup, string packager, string? text, CancellationToken cancellationToken)
    {
        if (text is not null) return ParseKind(text);
        var kinds = (await setup.Store.GetAsync(cancellationToken)).Credentials.Where(each => each.Packager.Name == packager).Select(each => each.Kind).Distinct().ToList();
        return kinds.Count == 1 ? kinds[0] : null;
    }

    private static Argument<string> NameArgument() => new("NAME") { Description = "The packager: letters, digits, dots, underscores and hyphens" };

    private static Option<string?> KindOption(string? otherwise)
    {
        var option = new Option<string?>("--credential") { Description = "api-key, basic, certificate, aws, digest, signer or rsa-signer", DefaultValueFactory = _ => otherwise };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && !CredentialKinds.TryParse(text, out _)) result.AddError("--credential is one of api-key, basic, certificate, aws, digest, signer, rsa-signer.");
        });
        return option;
    }

    private static Option<string?> PublicKeyOption() => new("--public-key") { Description = "For certificate: PEM or DER file of the client certificate. For rsa-signer: PEM file of the public key" };

    private static CredentialKind ParseKind(string? text) => CredentialKinds.TryParse(text, out var kind) ? kind : throw new ArgumentException("There is no such kind of credential.");

    private static DrmSystem? ParseSystem(string name) => name.ToUpperInvariant() switch
    {
        "WIDEVINE" => DrmSystem.Widevine,
        "PLAYREADY" => DrmSystem.PlayReady,
        "FAIRPLAY" => DrmSystem.FairPlay,
        "CLEARKEY" => DrmSystem.ClearKey,
        "AES128" => DrmSystem.Aes128,
        _ => null,
    };
}
