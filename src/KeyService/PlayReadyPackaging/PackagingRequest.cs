using DrmHub.KeyService.Cpix;
using DrmHub.KeyService.Cpix.Xml;

namespace DrmHub.KeyService.PlayReadyPackaging;

/// <summary>
/// A SOAP 1.1 request <c>AcquirePackagingData</c>: the programs that a packager wants keys for. Read with the reader of CPIX
/// documents: no DTD, no entities, limits on size, depth and count.
/// </summary>
/// <param name="Programs">The program identifiers in order, each once: content ids.</param>
internal sealed record PackagingRequest(IReadOnlyList<string> Programs)
{
    public const int MaxPrograms = 64;
    public static readonly CpixLimits Limits = new() { MaxBytes = 64 * 1024, MaxNodes = 2000, MaxDepth = 16, MaxAttributes = 16 };

    private const string Soap = "http://schemas.xmlsoap.org/soap/envelope/";
    private const string Protocols = "http://schemas.microsoft.com/DRM/2007/03/protocols";
    private const string Packaging = "http://schemas.microsoft.com/DRM/2007/03/protocols/AcquirePackagingData/v1.0";
    private static readonly Guid PlayReady = DrmHub.Cenc.DrmSystemIds.PlayReady;

    /// <exception cref="CpixException">Not XML, beyond a limit, or not this request; the message says what was expected.</exception>
    public static PackagingRequest Parse(ReadOnlySpan<byte> body)
    {
        var root = XmlTreeReader.Read(body, Limits).Root;
        if (!root.Is(Soap, "Envelope")) throw Refuse("The body is no SOAP 1.1 envelope.");
        var operation = root.Find(Soap, "Body")?.Find(Protocols, "AcquirePackagingData") ?? throw Refuse("The envelope has no AcquirePackagingData.");
        var challenge = operation.Find(Packaging, "challenge") ?? throw Refuse("AcquirePackagingData has no challenge.");
        // Some clients put the content of the challenge into an element of their own.
        challenge = challenge.Find(Packaging, "Challenge") ?? challenge;

        foreach (var system in challenge.Find(Packaging, "ProtectionSystems")?.Elements() ?? [])
        {
            if (!Guid.TryParse(system.Text(), out var id)) throw Refuse("A ProtectionSystemId is not a GUID.");
            if (id != PlayReady) throw Refuse($"The protection system {id} is not PlayReady; ask for other systems over CPIX.");
        }

        var streams = challenge.Find(Packaging, "StreamProtectionRequests")?.Elements().Where(element => element.Is(Packaging, "StreamInformation"));
        var programs = new List<string>();
        foreach (var stream in streams ?? [])
        {
            var program = stream.Find(Packaging, "ProgramIdentifier")?.Text().Trim();
            if (string.IsNullOrEmpty(program)) throw Refuse("A StreamInformation has no ProgramIdentifier: the content id.");
            if (!programs.Contains(program, StringComparer.Ordinal)) programs.Add(program);
            if (programs.Count > MaxPrograms) throw Refuse($"The request has more than {MaxPrograms} programs.");
        }

        return programs.Count > 0 ? new PackagingRequest(programs) : throw Refuse("The challenge has no StreamInformation.");
    }

    private static CpixException Refuse(string message) => new("playready.request", message);
}
