using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;

namespace DrmHub.Vault.Audit;

/// <summary>
/// A file on this node that takes batches while the database is away. A record is sealed (AES-256-GCM) and on disk before
/// its callers are answered; until it is replayed it exists on this one disk.
/// </summary>
/// <remarks>
/// File: 8 bytes of magic, 16 random bytes; then records of a 32-bit length, a 12-byte nonce, ciphertext and tag. The file's random
/// bytes and the record's offset are associated data, so records can be neither moved nor carried over from an older file.
/// </remarks>
internal sealed class Spool : IDisposable
{
    private const int HeaderSize = 24;
    private const int Overhead = 12 + 16;
    private const int MaxRecord = 64 << 20;

    private readonly FileStream _file;
    // One for each direction: an AesGcm serves one thread at a time, and batches arrive while others are replayed.
    private readonly AesGcm _seal;
    private readonly AesGcm _open;
    private long _length;
    private readonly long _maxBytes;
    private byte[] _header = [];

    /// <summary>Opens or makes the file, alone; drops a last record that was cut off while it was written.</summary>
    /// <exception cref="AuditFormatException">A record before the last is damaged, or the file is sealed under another key.</exception>
    public Spool(string path, byte[] secret, long maxBytes)
    {
        _maxBytes = maxBytes;
        var key = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, info: "drmhub/audit/spool/v1"u8.ToArray());
        _seal = new AesGcm(key, 16);
        _open = new AesGcm(key, 16);
        CryptographicOperations.ZeroMemory(key);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        try
        {
            Recover();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Whether records wait; then a batch must not pass them by.</summary>
    public bool IsEmpty => Length == HeaderSize;

    /// <summary>Bytes of the file; the end of the last whole record.</summary>
    public long Length
    {
        get => Volatile.Read(ref _length);
        private set => Volatile.Write(ref _length, value);
    }

    public static long Start => HeaderSize;

    /// <summary>On disk when this returns.</summary>
    /// <exception cref="AuditUnavailableException">The spool is full or its disk fails.</exception>
    public void Append(SpoolRecord record)
    {
        var plaintext = record.ToBytes();
        var bytes = new byte[4 + Overhead + plaintext.Length];
        if (bytes.Length > MaxRecord || Length + bytes.Length > _maxBytes) throw new AuditUnavailableException("The database is away and the spool is full.");
        BinaryPrimitives.WriteInt32BigEndian(bytes, bytes.Length - 4);
        RandomNumberGenerator.Fill(bytes.AsSpan(4, 12));
        _seal.Encrypt(bytes.AsSpan(4, 12), plaintext, bytes.AsSpan(16, plaintext.Length), bytes.AsSpan(16 + plaintext.Length), Associated(Length));
        CryptographicOperations.ZeroMemory(plaintext);
        try
        {
            RandomAccess.Write(_file.SafeFileHandle, bytes, Length);
            RandomAccess.FlushToDisk(_file.SafeFileHandle);
            Length += bytes.Length;
        }
        catch (IOException exception)
        {
            throw new AuditUnavailableException("The database is away and the spool cannot be written.", exception);
        }
    }

    /// <summary>The record at an offset, and where the next one begins.</summary>
    /// <exception cref="AuditFormatException">The record is damaged.</exception>
    public (SpoolRecord Record, long Next) Read(long offset) => TryRead(offset, Length, out var record, out var next)
        ? (record!, next)
        : throw new AuditFormatException($"The spool is damaged at {offset}.");

    /// <summary>Forgets all records, which are in the database now.</summary>
    public void Clear()
    {
        // Emptied and flushed before the new header: a crash in between leaves an empty file, never old records under a new name.
        RandomAccess.SetLength(_file.SafeFileHandle, 0);
        RandomAccess.FlushToDisk(_file.SafeFileHandle);
        WriteHeader();
    }

    public void Dispose()
    {
        _file.Dispose();
        _seal.Dispose();
        _open.Dispose();
    }

    private void Recover()
    {
        var onDisk = RandomAccess.GetLength(_file.SafeFileHandle);
        if (onDisk < HeaderSize)
        {
            Clear();
            return;
        }

        _header = new byte[HeaderSize];
        RandomAccess.Read(_file.SafeFileHandle, _header, 0);
        if (!_header.AsSpan(0, 8).SequenceEqual(Magic)) throw new AuditFormatException("The spool file is not one.");
        Length = HeaderSize;
        while (Length < onDisk && TryRead(Length, onDisk, out _, out var next)) Length = next;
        if (Length == onDisk) return;
        if (!IsTornTail(onDisk)) throw new AuditFormatException($"The spool is damaged at {Length}, and more follows: entries that were answered for would be lost.");
        RandomAccess.SetLength(_file.SafeFileHandle, Length);
        RandomAccess.FlushToDisk(_file.SafeFileHandle);
    }

    /// <summary>A record whose write was cut off reaches to the end of the file, or was never filled in.</summary>
    private bool IsTornTail(long onDisk)
    {
        Span<byte> length = stackalloc byte[4];
        var read = RandomAccess.Read(_file.SafeFileHandle, length, Length);
        if (read < 4) return true;
        var claimed = BinaryPrimitives.ReadUInt32BigEndian(length);
        return claimed == 0 || claimed > MaxRecord || Length + 4 + claimed >= onDisk;
    }

    private bool TryRead(long offset, long end, out SpoolRecord? record, out long next)
    {
        record = null;
        next = offset;
        Span<byte> prefix = stackalloc byte[4];
        if (end - offset < 4 || RandomAccess.Read(_file.SafeFileHandle, prefix, offset) < 4) return false;
        var length = BinaryPrimitives.ReadInt32BigEndian(prefix);
        if (length is < Overhead or > MaxRecord || length > end - offset - 4) return false;
        var sealedRecord = new byte[length];
        if (RandomAccess.Read(_file.SafeFileHandle, sealedRecord, offset + 4) < length) return false;
        var plaintext = new byte[length - Overhead];
        try
        {
            _open.Decrypt(sealedRecord.AsSpan(0, 12), sealedRecord.AsSpan(12, plaintext.Length), sealedRecord.AsSpan(12 + plaintext.Length), plaintext, Associated(offset));
            record = SpoolRecord.FromBytes(plaintext);
        }
        catch (Exception exception) when (exception is AuthenticationTagMismatchException or JsonException)
        {
            return false;
        }

        next = offset + 4 + length;
        return true;
    }

    private byte[] Associated(long offset)
    {
        var associated = new byte[HeaderSize + 8];
        _header.CopyTo(associated, 0);
        BinaryPrimitives.WriteInt64BigEndian(associated.AsSpan(HeaderSize), offset);
        return associated;
    }

    private void WriteHeader()
    {
        _header = [.. Magic, .. RandomNumberGenerator.GetBytes(16)];
        RandomAccess.Write(_file.SafeFileHandle, _header, 0);
        RandomAccess.FlushToDisk(_file.SafeFileHandle);
        Length = HeaderSize;
    }

    private static ReadOnlySpan<byte> Magic => "DRMHUBS1"u8;
}
