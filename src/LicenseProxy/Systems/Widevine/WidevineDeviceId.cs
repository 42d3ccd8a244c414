using System.Security.Cryptography;
using System.Text;
using DrmHub.Cenc.Pssh;

namespace DrmHub.LicenseProxy.Systems.Widevine;

/// <summary>
/// A name for the device by the serial number of its certificate: <c>widevine-</c> and 32 hex digits of a hash, so that the number itself does not spread. The same
/// device has the same name whether a service read its challenge or the hub did.
/// </summary>
/// <remarks>A device that is provisioned anew has another certificate: the name counts devices, but nothing is held against one that changes it.</remarks>
internal static class WidevineDeviceId
{
    private const int NameBytes = 16;
    private static readonly byte[] s_purpose = Encoding.ASCII.GetBytes("drmhub widevine device\n");

    /// <param name="serial">Lower-case hex, as a licence service says it; null where it says none.</param>
    public static string? OfSerial(string? serial) => string.IsNullOrEmpty(serial) ? null : Name(Convert.FromHexString(serial));

    /// <summary>
    /// From the certificate in a client id that is not encrypted: SignedDrmCertificate {1 drm_certificate {2 serial_number}}. What it says is the client's word until
    /// a service has written a licence, which only that device can open.
    /// </summary>
    /// <returns>Null where there is no such certificate; a keybox, for example, has none.</returns>
    public static string? OfToken(ReadOnlySpan<byte> token)
    {
        var serial = Field(Field(token, 1), 2);
        return serial.IsEmpty ? null : Name(serial);
    }

    private static string Name(ReadOnlySpan<byte> serial)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(s_purpose);
        hash.AppendData(serial);
        return "widevine-" + Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, NameBytes));
    }

    /// <summary>Empty where the bytes are no message or have no such field: a token is the client's own affair, and no reason to refuse.</summary>
    private static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> message, uint field)
    {
        ReadOnlySpan<byte> found = default;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Field == field && reader.WireType == ProtobufWireType.LengthDelimited) found = reader.Bytes;
        }

        return reader.Error is null ? found : default;
    }
}
