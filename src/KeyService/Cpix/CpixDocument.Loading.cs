using DrmHub.Cenc;
using DrmHub.KeyService.Cpix.Xml;

namespace DrmHub.KeyService.Cpix;

/// <summary>Loading: bytes to tree, tree to model.</summary>
public sealed partial class CpixDocument
{
    /// <param name="xml">UTF-8 or UTF-16, with or without a byte order mark.</param>
    /// <param name="limits">What the document may cost.</param>
    /// <exception cref="CpixException">Not a CPIX document, or one beyond the limits.</exception>
    public static CpixDocument Load(ReadOnlySpan<byte> xml, CpixLimits? limits = null)
    {
        limits ??= CpixLimits.Default;
        return new CpixDocument(XmlTreeReader.Read(xml, limits), limits);
    }

    /// <summary>Reads at most <see cref="CpixLimits.MaxBytes"/> from the stream, then stops: a longer body costs no more.</summary>
    /// <exception cref="CpixException">Not a CPIX document, or one beyond the limits.</exception>
    public static async Task<CpixDocument> LoadAsync(Stream stream, CpixLimits? limits = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        limits ??= CpixLimits.Default;
        var buffer = new byte[16 * 1024];
        var length = 0;
        while (true)
        {
            if (length == buffer.Length) Array.Resize(ref buffer, Math.Min(buffer.Length * 2, limits.MaxBytes + 1));
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
            if (read == 0) break;
            length += read;
            if (length > limits.MaxBytes) throw new CpixException(CpixCodes.Size, $"The document has more than {limits.MaxBytes} bytes.");
        }

        return Load(buffer.AsSpan(0, length), limits);
    }

    private void Bind(CpixLimits limits)
    {
        if (!Root.Is(XmlNames.Cpix, "CPIX"))
            throw new CpixException(CpixCodes.Root, "The root element is not CPIX in the namespace urn:dashif:org:cpix.");
        foreach (var child in Root.Elements())
        {
            if (child.Is(XmlNames.Dsig, "Signature"))
            {
                if (_signatures.Count >= limits.MaxSignatures) throw new CpixException(CpixCodes.Limit, $"The document has more than {limits.MaxSignatures} signatures.");
                _signatures.Add(new CpixSignature(this, child));
                continue;
            }

            if (child.NamespaceUri != XmlNames.Cpix) continue;
            switch (child.LocalName)
            {
                case "DeliveryDataList": DeliveryData.Load(child, e => new CpixDeliveryData(this, e), limits.MaxItems); break;
                case "ContentKeyList": ContentKeys.Load(child, e => new CpixContentKey(this, e), limits.MaxKeys); break;
                case "DRMSystemList": DrmSystems.Load(child, e => new CpixDrmSystem(this, e), limits.MaxItems); break;
                case "ContentKeyPeriodList": Periods.Load(child, e => new CpixPeriod(this, e), limits.MaxItems); break;
                case "ContentKeyUsageRuleList": UsageRules.Load(child, e => new CpixUsageRule(this, e), limits.MaxItems); break;
                case "UpdateHistoryItemList": UpdateHistory.Load(child, e => new CpixUpdateItem(this, e), limits.MaxItems); break;
                default: break;
            }
        }

        RefuseDuplicates();
    }

    // Two elements under one id are how signatures are wrapped, and two keys under one kid have no meaning: neither is ever loaded.
    private void RefuseDuplicates()
    {
        HashSet<string>? ids = null;
        AddId(Root);
        AddList(DeliveryData);
        AddList(ContentKeys);
        AddList(DrmSystems);
        AddList(Periods);
        AddList(UsageRules);
        AddList(UpdateHistory);
        foreach (var recipient in DeliveryData)
            foreach (var key in recipient.DocumentKeys)
                AddId(key.Element);

        var kids = new HashSet<KeyId>(ContentKeys.Count);
        foreach (var key in ContentKeys)
            if (!kids.Add(key.Kid))
                throw new CpixException(CpixCodes.DuplicateKid, $"Two content keys have the kid {key.Kid}.");

        void AddList<T>(CpixList<T> list)
            where T : CpixEntity
        {
            if (list.Element is null) return;
            AddId(list.Element);
            foreach (var item in list) AddId(item.Element);
        }

        void AddId(XmlNode element)
        {
            if (element.Get("id") is { Length: > 0 } id && !(ids ??= new HashSet<string>(StringComparer.Ordinal)).Add(id))
                throw new CpixException(CpixCodes.DuplicateId, "Two elements have the same id.");
        }
    }
}
