using System.Security.Cryptography;
using DrmHub.Sandbox.Wire;

namespace DrmHub.Sandbox.Tests.Wire;

public sealed class PlayReadySealTests
{
    /// <summary>Found by fuzzing: the platform has an exception of its own for curves that it does not know.</summary>
    [Fact]
    public void A_key_on_an_unknown_curve_is_refused()
    {
        using var recipient = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        using var sender = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var ephemeral = sender.ExportSubjectPublicKeyInfo();
        byte[] curve = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]; // 1.2.840.10045.3.1.7
        ephemeral[ephemeral.AsSpan().IndexOf(curve) + 5] = 0xC6; // 1.2.840.9021.3.1.7

        Assert.Throws<SandboxException>(() => PlayReadySeal.Open(recipient, ephemeral, new byte[32]));
    }
}
