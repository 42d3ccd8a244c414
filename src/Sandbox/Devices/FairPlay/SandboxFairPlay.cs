using System.Security.Cryptography.X509Certificates;
using DrmHub.Sandbox.Identities;

namespace DrmHub.Sandbox.Devices.FairPlay;

/// <summary>
/// The FairPlay credentials of the sandbox, which everybody may know: an application secret key, and a certificate with its private
/// key for each version of the SPC. A key security module that has them, and <see cref="SandboxDFunction"/>, serves simulated devices.
/// </summary>
public static class SandboxFairPlay
{
    /// <summary>The application secret key, 16 bytes.</summary>
    public static ReadOnlySpan<byte> Ask => "drmhub sandbox 1"u8;

    /// <summary>With its private key; the caller disposes it. RSA-1024, for SPC version 1.</summary>
    public static X509Certificate2 OpenCertificate1024() => SandboxIdentities.FairPlay(1024);

    /// <summary>As <see cref="OpenCertificate1024"/>; RSA-2048, for SPC version 2.</summary>
    public static X509Certificate2 OpenCertificate2048() => SandboxIdentities.FairPlay(2048);
}
