namespace DrmHub.Music.Xml;

/// <summary>How much of a document is read at all.</summary>
internal sealed record XmlLimits(int MaxCharacters, int MaxElements, int MaxDepth, int MaxText, int MaxAttributes = 32);

/// <summary>A document that is none, or goes beyond a limit.</summary>
internal sealed class XmlTreeException(int line, string reason) : Exception(reason)
{
    public int Line { get; } = line;
}
