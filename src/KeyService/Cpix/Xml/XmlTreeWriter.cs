namespace DrmHub.KeyService.Cpix.Xml;

/// <summary>A tree to UTF-8 bytes. What the reader kept is written as it was, up to quoting and character references.</summary>
internal static class XmlTreeWriter
{
    /// <returns>The caller disposes it.</returns>
    public static XmlOutput Write(XmlTree tree)
    {
        var output = new XmlOutput();
        output.Raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"u8);
        foreach (var misc in tree.Before)
        {
            Write(output, misc);
            output.Raw("\n"u8);
        }

        Write(output, tree.Root);
        foreach (var misc in tree.After)
        {
            output.Raw("\n"u8);
            Write(output, misc);
        }

        return output;
    }

    private static void Write(XmlOutput output, XmlNode element)
    {
        output.Raw("<"u8);
        output.Name(element.Prefix, element.LocalName);
        foreach (ref readonly var attribute in element.Attributes) output.Attribute(attribute.Prefix, attribute.LocalName, attribute.Value);
        if (element.Children.Count == 0)
        {
            output.Raw("/>"u8);
            return;
        }

        output.Raw(">"u8);
        foreach (var child in element.Children)
        {
            switch (child)
            {
                case string text: output.Text(text); break;
                case XmlBase64 base64: output.Base64(base64); break;
                case XmlNode inner: Write(output, inner); break;
                case XmlMisc misc: Write(output, misc); break;
                default: throw new InvalidOperationException("A tree holds elements, texts, comments and instructions.");
            }
        }

        output.Raw("</"u8);
        output.Name(element.Prefix, element.LocalName);
        output.Raw(">"u8);
    }

    private static void Write(XmlOutput output, XmlMisc misc)
    {
        if (misc.Target is not null)
        {
            output.Instruction(misc);
            return;
        }

        output.Raw("<!--"u8);
        output.Raw(misc.Data);
        output.Raw("-->"u8);
    }
}
