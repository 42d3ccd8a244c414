using System.Buffers.Text;

namespace DrmHub.KeyService.Cpix.Xml;

/// <summary>A text that is the base64 of some bytes, encoded where it is written: answers hold far more of it than of anything else.</summary>
/// <param name="Bytes">The tree's from now on.</param>
internal sealed record XmlBase64(byte[] Bytes)
{
    public int Length => Base64.GetMaxEncodedToUtf8Length(Bytes.Length);

    public override string ToString() => Convert.ToBase64String(Bytes);
}
