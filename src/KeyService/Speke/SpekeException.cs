namespace DrmHub.KeyService.Speke;

/// <summary>A SPEKE request that is refused: the HTTP status, and the exact text that goes into the body.</summary>
public sealed class SpekeException : Exception
{
    public const int UnprocessableContent = 422;
    public const int ContentTooLarge = 413;

    public SpekeException()
        : this(SpekeMessages.Malformed)
    {
    }

    public SpekeException(string message)
        : this(UnprocessableContent, message)
    {
    }

    public SpekeException(string message, Exception innerException)
        : this(UnprocessableContent, message, null, innerException)
    {
    }

    /// <param name="status">HTTP status, 4xx.</param>
    /// <param name="message">One of <see cref="SpekeMessages"/>: the answer's body.</param>
    /// <param name="detail">What exactly is wrong, for the log and for people; not part of the answer that SPEKE prescribes.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public SpekeException(int status, string message, string? detail = null, Exception? innerException = null)
        : base(message, innerException)
    {
        Status = status;
        Detail = detail;
    }

    /// <summary>422, or 413 for a body beyond the limit.</summary>
    public int Status { get; }

    /// <summary>What exactly is wrong, in a sentence.</summary>
    public string? Detail { get; }
}
