namespace DrmHub.KeyService.Cpix.Xml;

/// <summary>
/// A first, linear pass over the text that refuses what the framework's parser would only refuse after long work: its check for
/// duplicates takes seconds for a tag with a million attributes. It also tells document types apart from other errors.
/// </summary>
internal static class XmlPrescan
{
    /// <exception cref="CpixException">A document type, or more tags or attributes than the limits allow.</exception>
    public static void Check(ReadOnlySpan<char> text, CpixLimits limits)
    {
        var tags = 0;
        while (true)
        {
            var start = text.IndexOf('<');
            if (start < 0) return;
            text = text[(start + 1)..];
            if (text.StartsWith("!--", StringComparison.Ordinal)) text = After(text[3..], "-->");
            else if (text.StartsWith("![CDATA[", StringComparison.Ordinal)) text = After(text, "]]>");
            else if (text.StartsWith("!DOCTYPE", StringComparison.Ordinal)) throw new CpixException(CpixCodes.Dtd, "Document type declarations are not read.");
            else if (text.StartsWith('?')) text = After(text, "?>");
            else text = Tag(text, limits);
            // Start and end tags both count here, so that this bound is looser than the exact one of the reader.
            if (++tags > 2L * limits.MaxNodes) throw new CpixException(CpixCodes.Limit, $"The document has more than {limits.MaxNodes} nodes.");
        }
    }

    // What is not closed is not well-formed: the parser says so, with the place.
    private static ReadOnlySpan<char> After(ReadOnlySpan<char> text, string end)
    {
        var index = text.IndexOf(end, StringComparison.Ordinal);
        return index < 0 ? [] : text[(index + end.Length)..];
    }

    private static ReadOnlySpan<char> Tag(ReadOnlySpan<char> text, CpixLimits limits)
    {
        for (var attributes = 0; ;)
        {
            var index = text.IndexOfAny('"', '\'', '>');
            if (index < 0) return [];
            var found = text[index];
            text = text[(index + 1)..];
            if (found == '>') return text;
            if (++attributes > limits.MaxAttributes) throw new CpixException(CpixCodes.Limit, $"An element has more than {limits.MaxAttributes} attributes.");
            index = text.IndexOf(found);
            if (index < 0) return [];
            text = text[(index + 1)..];
        }
    }
}
