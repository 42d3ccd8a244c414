using System.Security.Cryptography;

namespace DrmHub.LicenseProxy.Systems.FairPlay.Wire;

/// <summary>The opened session block of an SPC: session key (16), anonymous device id (20), R1 (44), integrity (16). Zeroed when disposed.</summary>
internal sealed class SessionSecrets : IDisposable
{
    private const int IvSize = 16;
    private const int IntegrityOffset = 80;

    private readonly byte[] _block = GC.AllocateUninitializedArray<byte>(96, pinned: true);

    private SessionSecrets()
    {
    }

    /// <summary>The key under which the content key travels.</summary>
    public ReadOnlySpan<byte> Key => _block.AsSpan(0, 16);

    /// <summary>The same for one device and one operator's certificate, and another for every other operator.</summary>
    public ReadOnlySpan<byte> DeviceId => _block.AsSpan(16, 20);

    public ReadOnlySpan<byte> R1 => _block.AsSpan(36, 44);

    /// <param name="derivedKey">The derived application secret key, 16 bytes.</param>
    /// <exception cref="FairPlayException">Integrity: another application secret key, or a message that was changed.</exception>
    public static SessionSecrets Open(SpcMessage spc, ReadOnlySpan<byte> derivedKey)
    {
        var secrets = new SessionSecrets();
        using var aes = Aes.Create();
        aes.SetKey(derivedKey);
        aes.DecryptCbc(spc.SessionBlock.Span[IvSize..], spc.SessionBlock.Span[..IvSize], secrets._block, PaddingMode.None);
        if (CryptographicOperations.FixedTimeEquals(secrets._block.AsSpan(IntegrityOffset), spc.Integrity.Span)) return secrets;
        secrets.Dispose();
        throw new FairPlayException(FairPlayStatus.Integrity, "The SPC's session block does not open: it was changed, or made for another application secret key.");
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_block);

    public override string ToString() => "SessionSecrets(redacted)";
}
