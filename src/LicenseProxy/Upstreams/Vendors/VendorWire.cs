using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using DrmHub.Cenc;

namespace DrmHub.LicenseProxy.Upstreams.Vendors;

/// <summary>A licence in whatever form a vendor packs it, unpacked.</summary>
internal sealed record VendorLicense(ReadOnlyMemory<byte> Body, string? ContentType);

/// <summary>
/// How the vendors' services are asked: the challenge as it came, and beside it a short-lived token that says what the decision granted, in the vendor's
/// words. Their answers are the licence, raw or in base64 or in JSON.
/// </summary>
internal static class VendorWire
{
    /// <summary>How long a token lives: the vendors' clocks differ from ours, their documents speak of 30 s to 10 min.</summary>
    public static readonly TimeSpan TokenLifetime = TimeSpan.FromMinutes(2);

    public static bool IsVendor(UpstreamKind kind) => kind is UpstreamKind.Axinom or UpstreamKind.DoveRunner or UpstreamKind.DrmToday or UpstreamKind.KeyOs or UpstreamKind.Ezdrm;

    /// <summary>Whether the vendor takes a minimum security level for each key and refuses devices below it. Where not, the device counts as the lowest.</summary>
    public static bool KeepsLevels(UpstreamKind kind) => kind is UpstreamKind.Axinom or UpstreamKind.DoveRunner or UpstreamKind.KeyOs;

    /// <param name="grant">Null where no licence is asked for (a service certificate): the token then carries no key.</param>
    public static HttpRequestMessage Write(UpstreamOptions upstream, DrmSystem system, ReadOnlyMemory<byte> challenge, LicenseGrant? grant, TimeProvider time)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, upstream.Url) { Content = new UpstreamContent(BodyOf(upstream.Kind, system, challenge), ContentTypeOf(upstream.Kind, system)) };
        if (system == DrmSystem.PlayReady) request.Headers.TryAddWithoutValidation("SOAPAction", "\"http://schemas.microsoft.com/DRM/2007/03/protocols/AcquireLicense\"");
        var now = time.GetUtcNow();
        switch (upstream.Credentials)
        {
            case AxinomOptions axinom: request.Headers.Add("X-AxDRM-Message", AxinomToken.Create(axinom, grant, now)); break;
            case DoveRunnerOptions doveRunner: request.Headers.Add("pallycon-customdata-v2", DoveRunnerToken.Create(doveRunner, system, grant, now)); break;
            case DrmTodayOptions drmToday:
                request.Headers.Add("x-dt-custom-data", DrmTodayToken.CustomData(drmToday, grant));
                request.Headers.Add("x-dt-auth-token", DrmTodayToken.Create(drmToday, grant, now));
                break;
            case KeyOsOptions keyOs: request.Headers.Add(system == DrmSystem.PlayReady ? "customdata" : "x-keyos-authorization", KeyOsToken.Create(keyOs, grant, now)); break;
            case EzdrmOptions ezdrm: request.RequestUri = EzdrmToken.AddTo(upstream.Url, ezdrm, grant, now); break;
            default: throw new InvalidOperationException($"{upstream.Kind} is no vendor.");
        }

        return request;
    }

    public static UpstreamVerdict<VendorLicense> Read(UpstreamOptions upstream, UpstreamResponse response)
    {
        var failure = UpstreamStatus.Read(response.Status);
        if (failure != UpstreamFailure.None) return UpstreamVerdict.Failed<VendorLicense>(failure, NoteOf(response));
        // DRMtoday answers refusals with 200 too, in some of its forms.
        if (response.Headers.TryGetValues("x-dt-resp-code", out var codes) && string.Concat(codes) is { Length: > 0 and <= 16 } code && code.TrimStart('0').Length > 0)
            return UpstreamVerdict.Refused<VendorLicense>(code);
        if (response.Body.IsEmpty) return UpstreamVerdict.Failed<VendorLicense>(UpstreamFailure.AnswerUnreadable, "empty");
        if (Unpack(upstream, response.Body) is not { } license) return UpstreamVerdict.Failed<VendorLicense>(UpstreamFailure.AnswerUnreadable, "form");
        return UpstreamVerdict.Granted(new VendorLicense(license, response.ContentType));
    }

    private static ReadOnlyMemory<byte>? Unpack(UpstreamOptions upstream, ReadOnlyMemory<byte> body)
    {
        if (upstream.System == DrmSystem.PlayReady) return body;
        var first = body.Span[0];
        if (first == '{') return FromJson(body);
        // A raw Widevine message begins with 08, a raw CKC with 00: neither is a character of base64.
        if (first is 0x08 or 0x00) return body;
        return Base64.IsValid(body.Span) ? Convert.FromBase64String(Encoding.ASCII.GetString(body.Span)) : null;
    }

    private static ReadOnlyMemory<byte>? FromJson(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 8 });
            foreach (var name in (string[])["license", "ckc"])
                if (document.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String) return value.GetBytesFromBase64();
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException)
        {
            // Not that form.
        }

        return null;
    }

    private static string NoteOf(UpstreamResponse response) =>
        response.Headers.TryGetValues("x-dt-resp-code", out var codes) ? $"{UpstreamStatus.Note(response.Status)} {string.Concat(codes)}" : UpstreamStatus.Note(response.Status);

    /// <summary>FairPlay's forms differ: some take the SPC as a form field.</summary>
    private static ReadOnlyMemory<byte> BodyOf(UpstreamKind kind, DrmSystem system, ReadOnlyMemory<byte> challenge) =>
        system == DrmSystem.FairPlay && TakesForm(kind) ? Encoding.ASCII.GetBytes("spc=" + Uri.EscapeDataString(Convert.ToBase64String(challenge.Span))) : challenge;

    private static string ContentTypeOf(UpstreamKind kind, DrmSystem system) => system switch
    {
        DrmSystem.PlayReady => "text/xml; charset=utf-8",
        DrmSystem.FairPlay when TakesForm(kind) => "application/x-www-form-urlencoded",
        _ => "application/octet-stream",
    };

    private static bool TakesForm(UpstreamKind kind) => kind is UpstreamKind.DoveRunner or UpstreamKind.DrmToday or UpstreamKind.KeyOs;
}
