namespace DrmHub.Cenc.Bmff;

/// <summary>A box whose content this library does not look into: its bytes survive as they are. A <c>uuid</c> box keeps its 16 id bytes here.</summary>
public sealed class RawBox : Box
{
    /// <param name="type">The four-character code.</param>
    /// <param name="payload">Content behind the header; not copied.</param>
    public RawBox(uint type, ReadOnlyMemory<byte> payload)
        : base(type) => Payload = payload;

    public ReadOnlyMemory<byte> Payload { get; }

    internal override long BodySize => Payload.Length;

    internal override void WriteBody(BoxWriter writer) => writer.Bytes(Payload.Span);
}
