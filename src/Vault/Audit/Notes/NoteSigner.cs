using System.Buffers.Binary;
using NSec.Cryptography;

namespace DrmHub.Vault.Audit.Notes;

/// <summary>An Ed25519 key that signs notes under a name. The same text always gives the same bytes.</summary>
internal sealed class NoteSigner : IDisposable
{
    private readonly Key _key;

    public NoteSigner(string name, ReadOnlySpan<byte> seed, NoteKeyType type = NoteKeyType.Ed25519)
    {
        if (!NoteKey.IsName(name)) throw new ArgumentException("A key's name is not empty and has neither white space nor a plus sign.", nameof(name));
        _key = Key.Import(SignatureAlgorithm.Ed25519, seed, KeyBlobFormat.RawPrivateKey);
        Public = NoteKey.Create(name, type, _key.PublicKey);
    }

    public NoteKey Public { get; }

    public NoteSignature Sign(string text) =>
        new(Public.Name, Public.Id, SignatureAlgorithm.Ed25519.Sign(_key, System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>A witness's line: 64 bits of time, then the signature.</summary>
    public NoteSignature Cosign(string text, ulong unixSeconds)
    {
        var signature = new byte[8 + 64];
        BinaryPrimitives.WriteUInt64BigEndian(signature, unixSeconds);
        SignatureAlgorithm.Ed25519.Sign(_key, Cosignature.Message(text, unixSeconds), signature.AsSpan(8));
        return new NoteSignature(Public.Name, Public.Id, signature);
    }

    public void Dispose() => _key.Dispose();
}
