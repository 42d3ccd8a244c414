using DrmHub.Host.Demo;
using DrmHub.Host.Tokens;
using DrmHub.KeyService.WidevineKeys;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace DrmHub.Host.Hosting;

/// <summary>What a person reads at the start: addresses, tokens to try with, warnings.</summary>
internal static class Banner
{
    public static void Print(WebApplication app, HubSettings settings, IReadOnlyList<string> warnings, LocalTokenKey? tokenKey)
    {
        var output = Console.Out;
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? settings.Urls;
        output.WriteLine($"""

            DrmHub {typeof(Banner).Assembly.GetName().Version!.ToString(3)} · {app.Environment.EnvironmentName} · data in {Path.GetFullPath(settings.DataDirectory)}

              Packagers  POST {address}/cenc/getcontentkey/widevine_test
              Players    POST {address}/license/widevine, /license/playready, /license/clearkey
              Rights     GET  {address}/audit/entries
              Health     GET  {address}/health/ready
            """);
        if (app.Environment.IsDevelopment() && tokenKey is not null) PrintDemo(output, address, new TokenIssuer(tokenKey, TimeProvider.System));
        foreach (var warning in warnings) output.WriteLine($"  WARNING  {warning}");
        output.WriteLine();
        output.WriteLine($"Ready on {address}");
        output.Flush();
    }

    public static void PrintRefusal(IReadOnlyList<string> problems)
    {
        Console.Error.WriteLine("drmhub: Production does not start with development defaults:");
        foreach (var problem in problems) Console.Error.WriteLine($"  {problem}");
        Console.Error.WriteLine("To try DrmHub out, set ASPNETCORE_ENVIRONMENT=Development.");
    }

    /// <summary>The message alone: a stack trace tells an operator nothing, and an inner exception may quote a connection string.</summary>
    public static void PrintFailure(Exception exception) => Console.Error.WriteLine($"drmhub: {exception.Message}");

    private static void PrintDemo(TextWriter output, string address, TokenIssuer tokens)
    {
        var day = TimeSpan.FromHours(12);
        string Player(string subscriber) => tokens.ForPlayer(new PlayerClaims { Subscriber = subscriber, Lifetime = day });
        output.WriteLine($"""
              Try it     {address}/play
              Listen     {address}/listen
              Devices    drmhub sandbox device widevine-l1 --url {address}/license/widevine --content-id {DemoData.Title} --token TOKEN
              Console    {address}/console/sign-in?link={tokens.ForConsole("operator", OperatorRoles.All, TimeSpan.FromMinutes(15))}
                         (good once, for 15 minutes; drmhub token console prints another)

            Demo title demo-title (AUDIO, SD, HD). Tokens for 12 hours:

              premium    {Player("demo-premium")}

              free       {Player("demo-free")}

              suspended  {Player("demo-suspended")}

              operator   {tokens.ForOperator("operator", OperatorRoles.All, day)}

            Test signer {WidevineSigner.Test.Name}, with the public test credentials of the Widevine packager API:
              --aes_signing_key 1ae8ccd0e7985cc0b6203a55855a1034afc252980e970ca90e5202689f947ab9
              --aes_signing_iv  d58ce954203b7c9a9a9d467f59839249

            """);
    }
}
