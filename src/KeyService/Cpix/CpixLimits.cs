namespace DrmHub.KeyService.Cpix;

/// <summary>What a document may cost before it is refused. Everything is checked while reading, before memory is spent on it.</summary>
public sealed record CpixLimits
{
    /// <summary>For documents from people: room for whatever CPIX can say.</summary>
    public static CpixLimits Default { get; } = new();

    /// <summary>For requests from a network: 2 MiB, 100,000 nodes and 1,000 keys, which cost at most some 15 MB each.</summary>
    public static CpixLimits Requests { get; } = new() { MaxBytes = 2 << 20, MaxNodes = 100_000, MaxKeys = 1000, MaxItems = 10_000, MaxSignatures = 8 };

    /// <summary>Bytes of the document as it arrives. Default 16 MiB; 1 KiB to 256 MiB.</summary>
    public int MaxBytes { get; init => field = InRange(value, 1024, 256 << 20); } = 16 << 20;

    /// <summary>Elements, texts, comments and processing instructions. Default 800,000, room for 10,000 keys on three systems.</summary>
    public int MaxNodes { get; init => field = InRange(value, 16, 10_000_000); } = 800_000;

    /// <summary>Nesting of elements. Default 32; a real document has 9 levels.</summary>
    public int MaxDepth { get; init => field = InRange(value, 4, 256); } = 32;

    /// <summary>Attributes of one element, namespace declarations included. Default 64.</summary>
    public int MaxAttributes { get; init => field = InRange(value, 8, 1024); } = 64;

    /// <summary>Content keys. Default 10,000.</summary>
    public int MaxKeys { get; init => field = InRange(value, 1, 100_000); } = 10_000;

    /// <summary>Items of every other list. Default 100,000.</summary>
    public int MaxItems { get; init => field = InRange(value, 1, 1_000_000); } = 100_000;

    /// <summary>Signatures, each of which may cost a pass over the document. Default 32.</summary>
    public int MaxSignatures { get; init => field = InRange(value, 0, 1024); } = 32;

    private static int InRange(int value, int min, int max) =>
        value >= min && value <= max ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Must be from {min} to {max}.");
}
