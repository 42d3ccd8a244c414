using System.Net;
using Microsoft.Extensions.Hosting;

namespace DrmHub.Host.Hosting;

/// <summary>What the command line says.</summary>
/// <param name="DataDirectory">Created where it is absent.</param>
/// <param name="Urls">Addresses, separated by semicolons.</param>
/// <param name="Configuration">Further <c>--Section:Option=value</c> words.</param>
internal sealed record HubSettings(string DataDirectory, string Urls, IReadOnlyList<string> Configuration)
{
    private const string EnvironmentWord = "--environment=";

    /// <summary>
    /// The environment that <c>--environment=</c> names, else the one that the variables name, else Development on loopback addresses and Production on any other: a hub that
    /// strangers can reach never runs on development defaults by omission.
    /// </summary>
    public string EnvironmentName =>
        Configuration.LastOrDefault(word => word.StartsWith(EnvironmentWord, StringComparison.OrdinalIgnoreCase))?[EnvironmentWord.Length..]
        ?? Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT")
        ?? Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT")
        ?? (Urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).All(IsLoopback) ? Environments.Development : Environments.Production);

    private static bool IsLoopback(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri)
        && (uri.Host == "localhost" || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address)));
}
