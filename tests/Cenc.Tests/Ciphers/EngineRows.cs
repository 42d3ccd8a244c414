using DrmHub.Cenc.Encryption.Ciphers;

namespace DrmHub.Cenc.Tests.Ciphers;

/// <summary>Every engine as a theory row; one that this processor lacks is skipped visibly.</summary>
public sealed class EngineRows : TheoryData<string>
{
    public EngineRows()
    {
        foreach (var kind in Enum.GetNames<AesEngineKind>()) Add(kind);
    }

    internal static AesEngineKind Need(string name)
    {
        var kind = Enum.Parse<AesEngineKind>(name);
        Skip.IfNot(AesEngine.IsSupported(kind), $"This processor has no {name} AES.");
        return kind;
    }
}
