namespace DrmHub.Sandbox;

/// <summary>How callers prove themselves to the simulated services. The defaults are the public test credentials.</summary>
public sealed class SandboxOptions
{
    /// <summary>Provider and signer of the Widevine service; its letter case matters. Default <c>widevine_test</c>.</summary>
    public string WidevineProvider { get; set; } = "widevine_test";

    /// <summary>32 bytes.</summary>
    public byte[] WidevineSigningKey { get; set; } = Convert.FromHexString("1ae8ccd0e7985cc0b6203a55855a1034afc252980e970ca90e5202689f947ab9");

    /// <summary>16 bytes.</summary>
    public byte[] WidevineSigningIv { get; set; } = Convert.FromHexString("d58ce954203b7c9a9a9d467f59839249");

    /// <summary>Keys of the policy header for the own PlayReady server, 64 bytes each, by key id. Default: the public key of docs/playready.md, id 1.</summary>
    public IReadOnlyDictionary<string, byte[]> PlayReadyPolicyKeys { get; set; } = new Dictionary<string, byte[]> { ["1"] = [.. Enumerable.Range(0, 64).Select(number => (byte)number)] };
}
