using DrmHub.Sandbox.Devices.Widevine;

namespace DrmHub.Sandbox.Wire;

/// <summary>
/// The device models that the sandbox knows. A service reads the security level off the system id in the device's certificate; what
/// a client says about itself proves nothing.
/// </summary>
internal static class WidevineModels
{
    public static uint SystemId(WidevineLevel level) => 900_000 + (uint)level;

    /// <returns>Null for a model that the sandbox never made.</returns>
    public static WidevineLevel? Level(uint? systemId) => systemId switch
    {
        900_001 => WidevineLevel.L1,
        900_002 => WidevineLevel.L2,
        900_003 => WidevineLevel.L3,
        _ => null,
    };

    public static IReadOnlyList<(string Name, string Value)> Info(WidevineLevel level) =>
    [
        ("company_name", "DrmHub"),
        ("model_name", $"Sandbox {level}"),
        ("architecture_name", "arm64-v8a"),
        ("device_name", $"sandbox-{level}"),
        ("product_name", "sandbox"),
        ("build_info", "drmhub/sandbox"),
        ("widevine_cdm_version", "17.0.0"),
        ("oem_crypto_security_patch_level", "0"),
        ("application_name", "com.drmhub.sandbox"),
    ];
}
