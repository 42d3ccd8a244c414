namespace DrmHub.Cenc;

/// <summary>The one exception that hostile or broken media bytes cause: it names the box and its offset.</summary>
public sealed class CencFormatException : Exception
{
    public CencFormatException()
    {
    }

    public CencFormatException(string message)
        : base(message)
    {
    }

    public CencFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <param name="message">What is wrong, in a sentence.</param>
    /// <param name="path">The box, as a path of four-character codes: <c>moov/trak/mdia</c>.</param>
    /// <param name="offset">Offset of the box in bytes from the start of the input; -1 where it is unknown.</param>
    public CencFormatException(string message, string path, long offset)
        : base(offset < 0 ? $"{path}: {message}" : $"{path} at offset {offset}: {message}")
    {
        Path = path;
        Offset = offset;
    }

    public string? Path { get; }

    public long Offset { get; } = -1;
}
