using System.Text;
using DrmHub.Cenc.Pssh;

namespace DrmHub.LicenseProxy.Systems.Widevine;

/// <summary>
/// What a client id says in the clear: ClientIdentification {1 type; 2 token; 3 client_info {1 name; 2 value}, repeated; 6 client_capabilities {4
/// max_hdcp_version}}. The client says this of itself: good for logs, never for a decision.
/// </summary>
internal sealed record WidevineClientInfo
{
    public static readonly WidevineClientInfo Unknown = new();
    private const int MaxPairs = 64;
    private const int MaxText = 256;

    /// <summary>See <see cref="WidevineDeviceId"/>; null where the client id has no certificate.</summary>
    public string? DeviceId { get; init; }

    public string? CompanyName { get; init; }

    public string? ModelName { get; init; }

    public string? DeviceName { get; init; }

    public string? Architecture { get; init; }

    /// <summary>For example <c>Android</c>; the app that asks, where the system says it.</summary>
    public string? PackageName { get; init; }

    /// <summary>0 none, 1 to 5 for 1, 2, 2.1, 2.2, 2.3; 255 no digital output. Null where absent.</summary>
    public int? MaxHdcp { get; init; }

    public static WidevineClientInfo Parse(ReadOnlySpan<byte> bytes)
    {
        var info = Unknown;
        var pairs = 0;
        var fields = new WidevineFields(bytes, "ClientIdentification");
        while (fields.Next())
        {
            if (fields.IsRepeated(3, ProtobufWireType.LengthDelimited))
            {
                if (++pairs > MaxPairs) throw WidevineFields.Malformed($"The client id has more than {MaxPairs} pairs of client info.");
                info = AddPair(fields.Bytes, info);
            }
            else if (fields.Is(2, ProtobufWireType.LengthDelimited))
            {
                info = info with { DeviceId = WidevineDeviceId.OfToken(fields.Bytes) };
            }
            else if (fields.Is(6, ProtobufWireType.LengthDelimited))
            {
                var capabilities = new WidevineFields(fields.Bytes, "ClientCapabilities");
                while (capabilities.Next())
                    if (capabilities.IsRepeated(4, ProtobufWireType.Varint)) info = info with { MaxHdcp = (int)Math.Min(capabilities.Number, 255) };
            }
        }

        return info;
    }

    private static WidevineClientInfo AddPair(ReadOnlySpan<byte> bytes, WidevineClientInfo info)
    {
        string? name = null, value = null;
        var fields = new WidevineFields(bytes, "client_info");
        while (fields.Next())
        {
            if (fields.Is(1, ProtobufWireType.LengthDelimited)) name = Text(fields.Bytes);
            else if (fields.Is(2, ProtobufWireType.LengthDelimited)) value = Text(fields.Bytes);
        }

        return name switch
        {
            "company_name" => info with { CompanyName = value },
            "model_name" => info with { ModelName = value },
            "device_name" => info with { DeviceName = value },
            "architecture_name" => info with { Architecture = value },
            "package_name" or "application_name" => info with { PackageName = value },
            _ => info,
        };
    }

    /// <summary>What is no UTF-8 shows as replacement characters: it is for people only.</summary>
    private static string Text(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes.Length > MaxText * 4 ? bytes[..(MaxText * 4)] : bytes);
        return text.Length > MaxText ? text[..MaxText] : text;
    }
}
