namespace DrmHub.KeyService.Cpix;

/// <summary>The one exception that a bad, hostile or refused CPIX document causes. <see cref="Code"/> is stable, the message is for people.</summary>
public sealed class CpixException : Exception
{
    public CpixException()
        : this(CpixCodes.Element, "The CPIX document is not valid.")
    {
    }

    public CpixException(string message)
        : this(CpixCodes.Element, message)
    {
    }

    public CpixException(string message, Exception innerException)
        : this(CpixCodes.Element, message, innerException)
    {
    }

    /// <param name="code">One of <see cref="CpixCodes"/>.</param>
    /// <param name="message">What is wrong, in a sentence; never key bytes.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public CpixException(string code, string message, Exception? innerException = null)
        : base(message, innerException) => Code = code;

    /// <summary>One of <see cref="CpixCodes"/>.</summary>
    public string Code { get; }
}
