using System.CommandLine;
using DrmHub.Cenc;
using DrmHub.Host.Tokens;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub token player|admin|console</c>: prints a token, or the link with it, alone on standard output.</summary>
internal static class TokenCommand
{
    public static Command Create() => new("token", "Print a token for the hub of a data directory") { Player(), Admin(), Link() };

    private static Command Player()
    {
        var data = HubOptions.Data();
        var sub = new Option<string>("--sub") { Description = "The subscriber", Required = true };
        var content = new Option<string[]>("--content") { Description = "A content id that the token is good for; may be repeated. Default: any", AllowMultipleArgumentsPerToken = false };
        var device = new Option<string?>("--device") { Description = "The device" };
        var country = new Option<string?>("--country") { Description = "The country, ISO 3166-1 alpha-2" };
        var plans = new Option<string[]>("--plan") { Description = "A plan that the token vouches for; may be repeated" };
        var max = new Option<string?>("--max") { Description = "The highest track type: AUDIO, SD, HD, UHD1 or UHD2" };
        var minutes = Minutes();
        max.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } name && !TrackTypes.TryParse(name, out _)) result.AddError("--max is one of AUDIO, SD, HD, UHD1, UHD2.");
        });
        country.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } code && !(code.Length == 2 && code.All(char.IsAsciiLetter))) result.AddError("--country is a two-letter code such as IN.");
        });
        var command = new Command("player", "A player's token") { data, sub, content, device, country, plans, max, minutes };
        command.SetAction(parsed =>
        {
            using var key = LocalTokenKey.OpenOrCreate(parsed.GetRequiredValue(data));
            Console.Out.WriteLine(new TokenIssuer(key, TimeProvider.System).ForPlayer(new PlayerClaims
            {
                Subscriber = parsed.GetRequiredValue(sub),
                Content = parsed.GetValue(content) ?? [],
                Device = parsed.GetValue(device),
                Country = parsed.GetValue(country)?.ToUpperInvariant(),
                Plans = parsed.GetValue(plans) ?? [],
                MaxTrack = parsed.GetValue(max),
                Lifetime = TimeSpan.FromMinutes(parsed.GetRequiredValue(minutes)),
            }));
        });
        return command;
    }

    private static Command Admin()
    {
        var data = HubOptions.Data();
        var role = new Option<string>("--role") { Description = $"Roles, separated by commas: {string.Join(", ", OperatorRoles.All)}", Required = true };
        var name = new Option<string>("--name") { Description = "The operator's name, for the audit log", DefaultValueFactory = _ => "operator" };
        var minutes = Minutes();
        role.Validators.Add(result =>
        {
            foreach (var unknown in Split(result.GetValueOrDefault<string>() ?? "").Except(OperatorRoles.All))
                result.AddError($"'{unknown}' is no role; the roles are {string.Join(", ", OperatorRoles.All)}.");
        });
        var command = new Command("admin", "An operator's token") { data, role, name, minutes };
        command.SetAction(parsed =>
        {
            using var key = LocalTokenKey.OpenOrCreate(parsed.GetRequiredValue(data));
            Console.Out.WriteLine(new TokenIssuer(key, TimeProvider.System).ForOperator(
                parsed.GetRequiredValue(name), Split(parsed.GetRequiredValue(role)), TimeSpan.FromMinutes(parsed.GetRequiredValue(minutes))));
        });
        return command;
    }

    private static Command Link()
    {
        var data = HubOptions.Data();
        var urls = new Option<string>("--urls") { Description = "The address of the hub", DefaultValueFactory = _ => "http://127.0.0.1:5080" };
        var role = new Option<string>("--role") { Description = $"Roles, separated by commas. Default: {string.Join(",", OperatorRoles.All)}", DefaultValueFactory = _ => string.Join(',', OperatorRoles.All) };
        var name = new Option<string>("--name") { Description = "The operator's name, for the audit log", DefaultValueFactory = _ => "operator" };
        role.Validators.Add(result =>
        {
            foreach (var unknown in Split(result.GetValueOrDefault<string>() ?? "").Except(OperatorRoles.All))
                result.AddError($"'{unknown}' is no role; the roles are {string.Join(", ", OperatorRoles.All)}.");
        });
        var command = new Command("console", "A link that opens the console of a development hub once, within 15 minutes") { data, urls, role, name };
        command.SetAction(parsed =>
        {
            using var key = LocalTokenKey.OpenOrCreate(parsed.GetRequiredValue(data));
            var code = new TokenIssuer(key, TimeProvider.System).ForConsole(parsed.GetRequiredValue(name), Split(parsed.GetRequiredValue(role)), TimeSpan.FromMinutes(15));
            Console.Out.WriteLine($"{parsed.GetRequiredValue(urls).Split(';')[0].TrimEnd('/')}/console/sign-in?link={code}");
        });
        return command;
    }

    private static Option<int> Minutes()
    {
        var minutes = new Option<int>("--minutes") { Description = "Lifetime in minutes", DefaultValueFactory = _ => 12 * 60 };
        minutes.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 60 * 24 * 366) result.AddError("--minutes is 1 to 527040 (366 days).");
        });
        return minutes;
    }

    private static string[] Split(string roles) => roles.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
