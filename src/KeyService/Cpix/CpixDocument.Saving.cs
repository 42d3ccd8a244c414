using DrmHub.Cenc;
using DrmHub.KeyService.Cpix.Xml;

namespace DrmHub.KeyService.Cpix;

/// <summary>Saving: what a signature covers stays as it is, the rest is put into the order of the XSD.</summary>
public sealed partial class CpixDocument
{
    /// <summary>
    /// The document as UTF-8. Signatures over what was changed after loading are taken out, because they could not verify any more;
    /// those over unchanged lists stay and still verify.
    /// </summary>
    /// <param name="keepOrder">True leaves elements where the document had them, as an answer to a request should.</param>
    public byte[] Save(bool keepOrder = false)
    {
        using var output = Write(keepOrder);
        return output.Written.ToArray();
    }

    /// <summary>As <see cref="Save"/>, in the buffer that it was written to; the caller disposes it.</summary>
    internal XmlOutput Write(bool keepOrder)
    {
        DropVoidSignatures();
        if (!keepOrder) PutInOrder();
        return XmlTreeWriter.Write(_tree);
    }

    private void DropVoidSignatures()
    {
        if (_signatures.Count == 0) return;
        foreach (var signature in _signatures.Where(static s => s.IsVoid).ToList()) RemoveSignature(signature);
    }

    /// <summary>Takes one signature out. A signature over the whole document covers its siblings and is then void, too.</summary>
    public void RemoveSignature(CpixSignature signature)
    {
        ArgumentNullException.ThrowIfNull(signature);
        if (!_signatures.Remove(signature)) return;
        Root.Remove(signature.Element);
        foreach (var whole in _signatures.Where(static s => s.CoversDocument).ToList()) RemoveSignature(whole);
    }

    private void PutInOrder()
    {
        if (_signatures.Exists(static s => s.CoversDocument)) return;
        var signed = _signatures.Select(static s => s.Target).ToHashSet();
        Arrange(DeliveryData, CpixOrder.DeliveryData);
        Arrange(ContentKeys, CpixOrder.ContentKey);
        Arrange(DrmSystems, CpixOrder.DrmSystem);
        Arrange(Periods, []);
        Arrange(UsageRules, CpixOrder.UsageRule);
        Arrange(UpdateHistory, []);
        CpixOrder.Sort(Root, CpixOrder.Root);

        void Arrange<T>(CpixList<T> list, IReadOnlyList<string> order)
            where T : CpixEntity
        {
            if (list.Element is null || signed.Contains(list.Element)) return;
            // From 2.4 on the XSD wants at least one item in a list.
            if (list.Count == 0 && !list.Element.Elements().Any())
            {
                Root.Remove(list.Element);
                list.Forget();
                return;
            }

            foreach (var item in list)
            {
                if (signed.Contains(item.Element)) continue;
                CpixOrder.Sort(item.Element, order);
                if (item is CpixContentKey key) RewriteIV(key);
            }
        }
    }

    private static void RewriteIV(CpixContentKey key)
    {
        if (key.Element.Get("explicitIV") is not { } text) return;
        if (key.ExplicitIV is not { } iv) key.ExplicitIV = null;
        else if (text.Length == 36 && KeyId.TryParse(text, out _)) key.ExplicitIV = iv;
    }
}
