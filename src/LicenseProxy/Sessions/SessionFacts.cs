using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Sessions;

/// <summary>What a heartbeat needs to know to decide again, kept with the slot. No key, no token.</summary>
internal sealed record SessionFacts
{
    public required string Content { get; init; }

    public required DrmSystem System { get; init; }

    public required SecurityLevel Level { get; init; }

    public string? Country { get; init; }

    public DeviceFacts? Device { get; init; }

    public string Write()
    {
        var text = JsonSerializer.Serialize(this, SessionJson.Default.SessionFacts);

        // Names from outside may be long; without the device's facts revocation is checked at the next licence.
        return text.Length <= Vault.Storage.Shared.SlotRequest.MaxData ? text : JsonSerializer.Serialize(this with { Device = null }, SessionJson.Default.SessionFacts);
    }

    /// <returns>Null where nothing is known: the shared state is away, or an older node wrote it.</returns>
    public static SessionFacts? Read(string text)
    {
        try
        {
            return text.Length == 0 ? null : JsonSerializer.Deserialize(text, SessionJson.Default.SessionFacts);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(SessionFacts))]
[System.Text.Json.Serialization.JsonSourceGenerationOptions(DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class SessionJson : System.Text.Json.Serialization.JsonSerializerContext;
