using DrmHub.KeyService.Cpix.Xml;

namespace DrmHub.KeyService.Cpix;

/// <summary>The sequences of the XSD: reading does not ask for them, writing keeps them.</summary>
internal static class CpixOrder
{
    public static readonly string[] Root =
        ["DeliveryDataList", "ContentKeyList", "DRMSystemList", "ContentKeyPeriodList", "ContentKeyUsageRuleList", "UpdateHistoryItemList"];

    public static readonly string[] DeliveryData =
        ["DeliveryKey", "DocumentKey", "MACMethod", "Description", "SendingEntity", "SenderPointOfContact", "ReceivingEntity"];

    public static readonly string[] ContentKey =
        ["HDCPData", "Issuer", "AlgorithmParameters", "KeyProfileId", "KeyReference", "FriendlyName", "Data", "UserId", "Policy", "Extensions"];

    public static readonly string[] DrmSystem =
        ["PSSH", "ContentProtectionData", "URIExtXKey", "HLSSignalingData", "SmoothStreamingProtectionHeaderData", "HDSSignalingData"];

    public static readonly string[] UsageRule = ["KeyPeriodFilter", "LabelFilter", "VideoFilter", "AudioFilter", "BitrateFilter"];

    public static void Insert(XmlNode parent, XmlNode child, IReadOnlyList<string> order)
    {
        var rank = Rank(child, order);
        var index = parent.Children.FindIndex(c => c is XmlNode other && Rank(other, order) > rank);
        if (index < 0) parent.Append(child);
        else parent.Insert(index, child);
    }

    /// <summary>Sorts child elements into the order of the XSD, if they are not; unknown ones go to the end in the order they have.</summary>
    public static void Sort(XmlNode parent, IReadOnlyList<string> order)
    {
        var last = 0;
        var sorted = true;
        foreach (var child in parent.Elements())
        {
            var rank = Rank(child, order);
            sorted &= rank >= last;
            last = rank;
        }

        if (!sorted) parent.Reorder([.. parent.Elements().OrderBy(c => Rank(c, order))]);
    }

    private static int Rank(XmlNode child, IReadOnlyList<string> order)
    {
        if (child.NamespaceUri is not (XmlNames.Cpix or XmlNames.Pskc)) return order.Count;
        for (var i = 0; i < order.Count; i++)
            if (order[i] == child.LocalName)
                return i;
        return order.Count;
    }
}
