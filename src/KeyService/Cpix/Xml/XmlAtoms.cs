using System.Text;

namespace DrmHub.KeyService.Cpix.Xml;

/// <summary>Strings that occur in nearly every document, so that reading one makes no new copies of them. Fixed: what a caller sends never gets in.</summary>
internal static class XmlAtoms
{
    private const int Slots = 1024;

    private static readonly (byte[] Bytes, string Text)[] s_table = Build(
        "", "cpix", "pskc", "enc", "ds", "speke", "xmlns", "xsi",
        XmlNames.Cpix, XmlNames.Pskc, XmlNames.Xenc, XmlNames.Dsig, "urn:aws:amazon:com:speke", "http://www.w3.org/2001/XMLSchema-instance",
        "CPIX", "DeliveryDataList", "DeliveryData", "DeliveryKey", "X509Data", "X509Certificate", "ContentKeyList", "ContentKey", "Data", "Secret", "PlainValue",
        "DRMSystemList", "DRMSystem", "PSSH", "ContentProtectionData", "HLSSignalingData", "URIExtXKey", "SmoothStreamingProtectionHeaderData", "HDCPData", "HDCPOutputProtectionData",
        "ContentKeyPeriodList", "ContentKeyPeriod", "ContentKeyUsageRuleList", "ContentKeyUsageRule", "KeyPeriodFilter", "LabelFilter", "VideoFilter", "AudioFilter", "BitrateFilter",
        "ProtectionHeader", "KeyFormat", "KeyFormatVersions",
        "id", "contentId", "version", "kid", "explicitIV", "commonEncryptionScheme", "systemId", "playlist", "robustness", "HLSAllowedCPC", "HLSHDCPLevel", "intendedTrackType",
        "minPixels", "maxPixels", "minChannels", "maxChannels", "hdr", "wcg", "minFps", "maxFps", "periodId", "index", "start", "end", "duration",
        "2.3", "2.4", "cenc", "cbcs", "cbc1", "cens", "media", "master", "multiVariant", "ALL", "VIDEO", "AUDIO", "SD", "HD", "HD1", "HD2", "UHD", "UHD1", "UHD2", "STEREO_AUDIO", "MULTICHANNEL_AUDIO",
        "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed", "9a04f079-9840-4286-ab92-e65be0885f95", "94ce86fb-07ff-4f43-adb8-93d2fa968ca2",
        "589824", "589825", "921600", "921601", "2073600", "2073601", "8847360", "8847361", "0", "1", "2", "3", "6", "7");

    /// <param name="ascii">ASCII, which the caller has made sure of.</param>
    public static string Get(ReadOnlySpan<byte> ascii)
    {
        for (var slot = SlotOf(ascii); s_table[slot].Text is { } text; slot = (slot + 1) % Slots)
        {
            if (ascii.SequenceEqual(s_table[slot].Bytes)) return text;
        }

        return Encoding.ASCII.GetString(ascii);
    }

    private static (byte[] Bytes, string Text)[] Build(params ReadOnlySpan<string> texts)
    {
        var table = new (byte[] Bytes, string Text)[Slots];
        foreach (var text in texts)
        {
            var bytes = Encoding.ASCII.GetBytes(text);
            var slot = SlotOf(bytes);
            while (table[slot].Text is not null) slot = (slot + 1) % Slots;
            table[slot] = (bytes, text);
        }

        return table;
    }

    /// <summary>The table is a tenth full and never changes, so a few bytes tell enough; nobody gains by choosing names that meet in it.</summary>
    private static int SlotOf(ReadOnlySpan<byte> ascii)
    {
        if (ascii.IsEmpty) return 0;
        var (first, middle, last) = (ascii[0], ascii[ascii.Length / 2], ascii[^1]);
        return (int)(((uint)first + ((uint)middle * 31) + ((uint)last * 131) + ((uint)ascii.Length * 517)) % Slots);
    }
}
