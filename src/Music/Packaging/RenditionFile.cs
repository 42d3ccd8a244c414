using System.Security.Cryptography;
using DrmHub.Cenc;
using DrmHub.Cenc.Bmff.Fragmenting;
using DrmHub.Cenc.Encryption;
using DrmHub.Cenc.Pssh;
using DrmHub.Vault.Keys;

namespace DrmHub.Music.Packaging;

/// <summary>Writes one rendition as CMAF: one file, fragments of four seconds, a segment index in front.</summary>
internal static class RenditionFile
{
    /// <summary>Long enough that a track needs few requests, short enough that a skip wastes little.</summary>
    public static readonly TimeSpan FragmentDuration = TimeSpan.FromSeconds(4);

    /// <param name="input">MP4 with one sound track.</param>
    /// <param name="output">Made anew; whole when this returns, on the disk.</param>
    /// <param name="key">Null for a clear file.</param>
    /// <returns>SHA-256 in hex, and bytes.</returns>
    /// <exception cref="PackagingException"><c>audio.broken</c>.</exception>
    public static (string Sha256, long Bytes) Write(string input, string output, VaultKey? key, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        try
        {
            using var source = new FileStream(input, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.Read, BufferSize = 1 << 18 });
            using var target = new FileStream(output, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 1 << 18 });
            if (key is null) Fragmenter.Fragment(source, target, FragmentDuration, progress: progress, cancellationToken: cancellationToken);
            else Encrypt(source, target, key, progress, cancellationToken);
            target.Flush(flushToDisk: true);
            target.Position = 0;
            return (Convert.ToHexStringLower(SHA256.HashData(target)), target.Length);
        }
        catch (CencFormatException exception)
        {
            throw new PackagingException("audio.broken", $"It cannot be cut into fragments: {exception.Message}");
        }
    }

    private static void Encrypt(Stream source, Stream target, VaultKey key, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        using var encryptor = new FileEncryptor(new EncryptionOptions
        {
            Scheme = key.Scheme,
            Keys = (track, _) => track.Kind == TrackKind.Audio ? new TrackKey(key.KeyId, key.Key) : null,
            FragmentDuration = FragmentDuration,
            DropMetadata = true,
            PsshBoxes = [PsshBox.ForCommon([key.KeyId]).ToByteArray()],
        });
        encryptor.Encrypt(source, target, progress, cancellationToken);
    }
}
