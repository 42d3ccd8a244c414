namespace DrmHub.KeyService.Cpix;

/// <summary>Something that is wrong in a document that could be loaded.</summary>
/// <param name="Code">One of <see cref="CpixCodes"/>; <see cref="CpixCodes.Schema"/> is about the published XSD alone.</param>
/// <param name="Where">The element: its name, and its place in its list from 1 on.</param>
/// <param name="Message">What is wrong, in a sentence.</param>
public sealed record CpixProblem(string Code, string Where, string Message);
