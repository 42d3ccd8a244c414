using System.Globalization;
using System.Text;
using System.Xml;
using DrmHub.LicenseProxy.Upstreams;

namespace DrmHub.LicenseProxy.Systems.PlayReady;

/// <summary>
/// What a PlayReady licence server answers, forwarded byte for byte, because it is signed. Read only to tell an answer from a fault, and either from garbage.
/// </summary>
/// <param name="Status">HTTP: 200, or 500 for a fault.</param>
/// <param name="FaultCode">The fault's StatusCode; null for an answer, and where a fault has none.</param>
internal sealed record PlayReadyAnswer(ReadOnlyMemory<byte> Body, string ContentType, int Status, uint? FaultCode)
{
    private const string DefaultType = "text/xml; charset=utf-8";

    public bool IsRevoked => FaultCode == PlayReadyFault.DeviceRevoked;

    public static UpstreamVerdict<PlayReadyAnswer> Read(UpstreamResponse response, PlayReadyOperation operation)
    {
        var failure = UpstreamStatus.Read(response.Status);
        if (failure is not (UpstreamFailure.None or UpstreamFailure.ServerError)) return UpstreamVerdict.Failed<PlayReadyAnswer>(failure, UpstreamStatus.Note(response.Status));
        var unreadable = UpstreamVerdict.Failed<PlayReadyAnswer>(failure == UpstreamFailure.None ? UpstreamFailure.AnswerUnreadable : failure, UpstreamStatus.Note(response.Status));
        if (Scan(response.Body.Span) is not { } found) return unreadable;
        var type = response.ContentType is { } given && given.Contains("xml", StringComparison.OrdinalIgnoreCase) ? given : DefaultType;
        var answer = new PlayReadyAnswer(response.Body, type, response.Status, found.Status);
        if (found.Operation == "Fault")
        {
            var note = found.Status is { } code ? string.Create(CultureInfo.InvariantCulture, $"0x{code:x8}") : "fault";
            // The service's own trouble: another one may do better.
            return found.Status is null or PlayReadyFault.Internal ? UpstreamVerdict.Failed<PlayReadyAnswer>(UpstreamFailure.ServerError, note) : UpstreamVerdict.Refused(note, answer);
        }

        var complete = failure == UpstreamFailure.None && found.Operation == operation + "Response" && (operation != PlayReadyOperation.AcquireLicense || found.Licenses > 0);
        return complete ? UpstreamVerdict.Granted(answer) : unreadable;
    }

    /// <summary>Reads to the end, so that half an answer is none.</summary>
    private static (string Operation, uint? Status, int Licenses)? Scan(ReadOnlySpan<byte> body)
    {
        try
        {
            using var reader = PlayReadyXml.Open(Encoding.UTF8.GetString(body).TrimStart('\uFEFF'));
            string? operation = null;
            uint? status = null;
            var licenses = 0;
            while (reader.Read())
            {
                if (reader.Depth > PlayReadyXml.MaxDepth) return null;
                if (reader.NodeType != XmlNodeType.Element) continue;
                if (reader.Depth == 2) operation ??= reader.LocalName;
                if (reader.LocalName == "License") licenses++;
                if (operation == "Fault" && reader.LocalName == "StatusCode" && reader.Read()) status = Code(reader.Value);
            }

            return operation is null ? null : (operation, status, licenses);
        }
        catch (XmlException)
        {
            return null;
        }
    }

    private static uint? Code(string text)
    {
        text = text.Trim();
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)) return uint.TryParse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex) ? hex : null;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number is >= int.MinValue and <= uint.MaxValue ? unchecked((uint)number) : null;
    }
}
