using System.Security.Cryptography.X509Certificates;
using DrmHub.Cenc;
using DrmHub.KeyService.Cpix.Xml;

namespace DrmHub.KeyService.Cpix;

/// <summary>
/// A CPIX 2.0 to 2.4 document (DASH-IF, Content Protection Information Exchange Format). Loading asks neither for the order nor for
/// the cardinality of the XSD and keeps everything, known or not; saving puts elements into the order of the XSD, except where a
/// signature covers them. Not safe for use by several threads.
/// </summary>
public sealed partial class CpixDocument
{
    private readonly XmlTree _tree;
    private readonly List<CpixSignature> _signatures = [];
    private Dictionary<KeyId, CpixContentKey>? _keysById;
    private int _keysByIdRevision;

    private CpixDocument(XmlTree tree, CpixLimits limits)
    {
        _tree = tree;
        DeliveryData = new(this, "DeliveryDataList", "DeliveryData");
        ContentKeys = new(this, "ContentKeyList", "ContentKey");
        DrmSystems = new(this, "DRMSystemList", "DRMSystem");
        Periods = new(this, "ContentKeyPeriodList", "ContentKeyPeriod");
        UsageRules = new(this, "ContentKeyUsageRuleList", "ContentKeyUsageRule");
        UpdateHistory = new(this, "UpdateHistoryItemList", "UpdateHistoryItem");
        Bind(limits);
    }

    /// <summary><c>@id</c>: an XML id, which SPEKE v1 uses as the content id.</summary>
    public string? Id
    {
        get => Root.Get("id");
        set => Root.Set("id", value);
    }

    /// <summary><c>@contentId</c> (since 2.2).</summary>
    public string? ContentId
    {
        get => Root.Get("contentId");
        set => Root.Set("contentId", value);
    }

    public string? Name
    {
        get => Root.Get("name");
        set => Root.Set("name", value);
    }

    /// <summary><c>@version</c>, for example <c>2.3</c>: the attribute came with 2.3, so null means 2.2 or older.</summary>
    public string? Version
    {
        get => Root.Get("version");
        set => Root.Set("version", value);
    }

    public CpixList<CpixDeliveryData> DeliveryData { get; }

    public CpixList<CpixContentKey> ContentKeys { get; }

    public CpixList<CpixDrmSystem> DrmSystems { get; }

    public CpixList<CpixPeriod> Periods { get; }

    public CpixList<CpixUsageRule> UsageRules { get; }

    public CpixList<CpixUpdateItem> UpdateHistory { get; }

    /// <summary>The signatures, none of them verified by loading: see <see cref="CheckSignatures"/>.</summary>
    public IReadOnlyList<CpixSignature> Signatures => _signatures;

    internal XmlTree Tree => _tree;

    internal XmlNode Root => _tree.Root;

    /// <summary>An empty document.</summary>
    /// <param name="version">2.0 to 2.4; the attribute is written from 2.3 on.</param>
    /// <param name="contentId">The content; null leaves the attribute out.</param>
    public static CpixDocument Create(string version, string? contentId = null)
    {
        if (version is not ("2.0" or "2.1" or "2.2" or "2.3" or "2.4")) throw new ArgumentException("The version is 2.0 to 2.4.", nameof(version));
        var root = new XmlNode("cpix", "CPIX", XmlNames.Cpix);
        root.Declare("cpix", XmlNames.Cpix);
        root.Declare("pskc", XmlNames.Pskc);
        root.Declare("enc", XmlNames.Xenc);
        root.Declare("ds", XmlNames.Dsig);
        var document = new CpixDocument(new XmlTree(root), CpixLimits.Default);
        if (contentId is not null) document.ContentId = contentId;
        if (version is "2.3" or "2.4") document.Version = version;
        return document;
    }

    /// <summary>The key with this id; null where there is none.</summary>
    public CpixContentKey? FindKey(KeyId kid)
    {
        if (_keysById is null || _keysByIdRevision != ContentKeys.Revision)
        {
            _keysByIdRevision = ContentKeys.Revision;
            _keysById = new Dictionary<KeyId, CpixContentKey>(ContentKeys.Count);
            foreach (var key in ContentKeys) _keysById.TryAdd(key.Kid, key);
        }

        return _keysById.GetValueOrDefault(kid);
    }

    /// <exception cref="ArgumentException">The document has a key with this id.</exception>
    public CpixContentKey AddContentKey(KeyId kid)
    {
        if (FindKey(kid) is not null) throw new ArgumentException("The document already has a key with this id.", nameof(kid));
        var key = ContentKeys.Add(e => new CpixContentKey(this, e), e => e.Set("kid", kid.ToString()));
        _keysById!.Add(kid, key);
        _keysByIdRevision = ContentKeys.Revision;
        return key;
    }

    public CpixDrmSystem AddDrmSystem(Guid systemId, KeyId kid) => DrmSystems.Add(e => new CpixDrmSystem(this, e), e =>
    {
        e.Set("systemId", systemId.ToString("D"));
        e.Set("kid", kid.ToString());
    });

    /// <param name="id">The XML id that rules refer to.</param>
    public CpixPeriod AddPeriod(string id)
    {
        if (!XmlValues.IsId(id)) throw new ArgumentException("An XML id is a name without colon and space.", nameof(id));
        return Periods.Add(e => new CpixPeriod(this, e), e => e.Set("id", id));
    }

    public CpixUsageRule AddUsageRule(KeyId kid) => UsageRules.Add(e => new CpixUsageRule(this, e), e => e.Set("kid", kid.ToString()));

    /// <summary>Adds a recipient; its certificate is judged when the keys are encrypted.</summary>
    /// <param name="certificate">An RSA certificate.</param>
    /// <param name="kids">The keys that it may read; null means all.</param>
    public CpixDeliveryData AddRecipient(X509Certificate2 certificate, IReadOnlySet<KeyId>? kids = null)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        var recipient = DeliveryData.Add(e => new CpixDeliveryData(this, e), static _ => { });
        recipient.SetCertificate(certificate);
        recipient.AllowedKids = kids;
        return recipient;
    }

    /// <summary>Records an update: one version above the highest so far.</summary>
    /// <returns>The item; its version goes into <c>UpdateVersion</c> of what was changed.</returns>
    public CpixUpdateItem AddUpdate(string index, string source, DateTimeOffset date)
    {
        ArgumentNullException.ThrowIfNull(index);
        ArgumentNullException.ThrowIfNull(source);
        var version = UpdateHistory.Count == 0 ? 1 : UpdateHistory.Max(static i => i.UpdateVersion) + 1;
        return UpdateHistory.Add(e => new CpixUpdateItem(this, e), e =>
        {
            e.Set("updateVersion", XmlValues.Format(version));
            e.Set("index", index);
            e.Set("source", source);
            e.Set("date", XmlValues.Format(date));
        });
    }

    /// <summary>Gives keys other ids, in every element that names them.</summary>
    /// <param name="ids">From the ids of keys that are there to ids that are free.</param>
    /// <exception cref="ArgumentException">There is no such key, or two keys would have one id.</exception>
    public void ChangeKeyIds(IReadOnlyDictionary<KeyId, KeyId> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        if (ids.Keys.Any(k => FindKey(k) is null)) throw new ArgumentException("The document has no key with this id.", nameof(ids));
        var after = new HashSet<KeyId>(ContentKeys.Count);
        if (!ContentKeys.All(k => after.Add(ids.GetValueOrDefault(k.Kid, k.Kid)))) throw new ArgumentException("Two keys would have one id.", nameof(ids));
        foreach (var key in ContentKeys)
        {
            if (ids.TryGetValue(key.Kid, out var to)) key.Kid = to;
            if (key.DependsOnKey is { } root && ids.TryGetValue(root, out var newRoot)) key.DependsOnKey = newRoot;
        }

        _keysById = null;
        foreach (var system in DrmSystems)
            if (ids.TryGetValue(system.Kid, out var to))
                system.Kid = to;
        foreach (var rule in UsageRules)
            if (ids.TryGetValue(rule.Kid, out var to))
                rule.Kid = to;
        foreach (var documentKey in DeliveryData.SelectMany(static d => d.DocumentKeys).Where(k => k.EncryptsKeys.Any(ids.ContainsKey)))
            documentKey.EncryptsKeys = [.. documentKey.EncryptsKeys.Select(k => ids.GetValueOrDefault(k, k))];
    }

    /// <summary>
    /// Takes the declarations of a namespace that no element or attribute is in out of the root. Where something is signed they stay,
    /// because they are part of what was signed.
    /// </summary>
    public void RemoveUnusedNamespace(string namespaceUri)
    {
        if (_signatures.Count == 0 && Root.Declares(namespaceUri) && !IsUsed(Root)) Root.Undeclare(namespaceUri);

        bool IsUsed(XmlNode node)
        {
            if (node.NamespaceUri == namespaceUri) return true;
            foreach (ref readonly var attribute in node.Attributes)
                if (attribute.NamespaceUri == namespaceUri)
                    return true;
            return node.Elements().Any(IsUsed);
        }
    }

    internal XmlNode NewElement(XmlNode parent, string namespaceUri, string localName) =>
        _tree.NewElement(parent, namespaceUri, localName, _signatures.Count > 0);

    /// <summary>True for the root, the lists of this model, and their items: elements that the model reads its values from.</summary>
    internal bool IsModelled(XmlNode node)
    {
        if (ReferenceEquals(node, Root)) return true;
        return In(DeliveryData) || In(ContentKeys) || In(DrmSystems) || In(Periods) || In(UsageRules) || In(UpdateHistory);

        bool In<T>(CpixList<T> list)
            where T : CpixEntity =>
            list.Element is not null && (ReferenceEquals(node, list.Element) || list.Any(i => ReferenceEquals(i.Element, node)));
    }

    internal XmlNode AddList(string name)
    {
        var element = NewElement(Root, XmlNames.Cpix, name);
        CpixOrder.Insert(Root, element, CpixOrder.Root);
        return element;
    }
}
