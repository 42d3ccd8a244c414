using System.Security.Cryptography;
using System.Text;
using DrmHub.Sandbox.Wire;

namespace DrmHub.Sandbox.Devices.FairPlay;

/// <summary>The secrets of one SPC, which the device keeps until the CKC comes.</summary>
internal sealed class FairPlaySession(string deviceName)
{
    /// <summary>Blocks that the device asks to get back as they are.</summary>
    public static readonly ulong[] Returned = [FairPlayTags.TransactionId, FairPlayTags.StreamingIndicator, FairPlayTags.VersionUsed];

    public byte[] SessionKey { get; } = RandomNumberGenerator.GetBytes(16);

    /// <summary>An id of the device that says nothing else about it.</summary>
    public byte[] Hu { get; } = SHA1.HashData(Encoding.UTF8.GetBytes($"fairplay/{deviceName}"));

    public byte[] R1 { get; } = RandomNumberGenerator.GetBytes(44);

    public byte[] R2 { get; } = RandomNumberGenerator.GetBytes(21);

    public byte[] Integrity { get; } = RandomNumberGenerator.GetBytes(16);

    public byte[] AntiReplaySeed { get; } = RandomNumberGenerator.GetBytes(16);

    /// <summary>IV, then session key, HU, R1 and integrity under the key that the D-Function makes.</summary>
    public byte[] SealedSessionKey()
    {
        var dask = new byte[16];
        SandboxDFunction.Derive(R2, SandboxFairPlay.Ask, dask);
        using var aes = Aes.Create();
        aes.SetKey(dask);
        byte[] iv = RandomNumberGenerator.GetBytes(16);
        byte[] session = [.. SessionKey, .. Hu, .. R1, .. Integrity];
        return [.. iv, .. aes.EncryptCbc(session, iv, PaddingMode.None)];
    }
}
