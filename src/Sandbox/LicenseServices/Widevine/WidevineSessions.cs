using DrmHub.Sandbox.Wire;
using Fields = DrmHub.Sandbox.Wire.WidevineFields;

namespace DrmHub.Sandbox.LicenseServices.Widevine;

/// <summary>Which content the latest sessions are about, so that a renewal can say it. The oldest are forgotten first.</summary>
internal sealed class WidevineSessions
{
    private const int MaxSessions = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, byte[]> _contents = [];
    private readonly Queue<string> _order = [];

    public void Remember(byte[] licenseId, byte[]? contentId)
    {
        if (contentId is not { Length: > 0 }) return;
        var session = SessionOf(licenseId);
        lock (_gate)
        {
            if (!_contents.ContainsKey(session)) _order.Enqueue(session);
            _contents[session] = contentId;
            if (_order.Count > MaxSessions) _contents.Remove(_order.Dequeue());
        }
    }

    public byte[]? ContentId(WidevineRequest request)
    {
        if (request.ExistingLicense is not { } existing) return request.Pssh is { ContentId.Length: > 0 } pssh ? pssh.ContentId.ToArray() : null;
        lock (_gate) return _contents.GetValueOrDefault(SessionOf(existing));
    }

    private static string SessionOf(byte[] licenseId) =>
        Convert.ToHexString(ProtoMessage.Parse(licenseId, "LicenseIdentification").Need(Fields.LicenseId.SessionId, "the session id").Span);
}
