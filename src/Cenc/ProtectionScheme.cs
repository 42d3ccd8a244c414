using System.Diagnostics.CodeAnalysis;

namespace DrmHub.Cenc;

/// <summary>The four protection schemes of ISO/IEC 23001-7, clause 10; the value is the four-character code in big-endian order.</summary>
public enum ProtectionScheme
{
    /// <summary>AES-CTR, whole samples or subsamples (10.1).</summary>
    Cenc = 0x63656E63,

    /// <summary>AES-CBC, whole samples or subsamples (10.2).</summary>
    Cbc1 = 0x63626331,

    /// <summary>AES-CTR with a pattern (10.3).</summary>
    Cens = 0x63656E73,

    /// <summary>AES-CBC with a pattern and a constant IV (10.4).</summary>
    Cbcs = 0x63626373,
}

/// <summary>Names of the schemes as CPIX, DASH and the command line write them.</summary>
public static class ProtectionSchemes
{
    public static string ToFourCC(this ProtectionScheme scheme) => scheme switch
    {
        ProtectionScheme.Cenc => "cenc",
        ProtectionScheme.Cbc1 => "cbc1",
        ProtectionScheme.Cens => "cens",
        ProtectionScheme.Cbcs => "cbcs",
        _ => throw new ArgumentOutOfRangeException(nameof(scheme)),
    };

    /// <summary>True for the schemes that use AES in counter mode.</summary>
    public static bool IsCounterMode(this ProtectionScheme scheme) => scheme is ProtectionScheme.Cenc or ProtectionScheme.Cens;

    /// <summary>True for the schemes whose <c>tenc</c> carries a pattern.</summary>
    public static bool HasPattern(this ProtectionScheme scheme) => scheme is ProtectionScheme.Cens or ProtectionScheme.Cbcs;

    /// <summary>Reads <c>cenc</c>, <c>cbc1</c>, <c>cens</c> or <c>cbcs</c>, in any letter case.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ProtectionScheme scheme)
    {
        scheme = text?.ToUpperInvariant() switch
        {
            "CENC" => ProtectionScheme.Cenc,
            "CBC1" => ProtectionScheme.Cbc1,
            "CENS" => ProtectionScheme.Cens,
            "CBCS" => ProtectionScheme.Cbcs,
            _ => 0,
        };
        return scheme != 0;
    }
}
