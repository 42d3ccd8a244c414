namespace DrmHub.Sandbox.LicenseServices;

/// <summary>What a simulated service answers, before faults.</summary>
internal sealed record SandboxAnswer(int Status, string ContentType, byte[] Body);
