using System.Globalization;
using DrmHub.Music.Xml;

namespace DrmHub.Music.Ddex;

/// <summary>Something in a message that cannot be taken.</summary>
/// <param name="Line">Line in the XML, from 1; 0 where it is about the whole message.</param>
/// <param name="Code">Stable: <c>ern.xml</c>, <c>ern.version</c>, <c>ern.structure</c>, <c>ern.identifier</c>, <c>ern.reference</c>, <c>ern.value</c>, <c>ern.territory</c>, <c>ern.period</c>, <c>ern.contradiction</c>.</param>
/// <param name="Reason">One sentence.</param>
public sealed record ErnProblem(int Line, string Code, string Reason)
{
    public override string ToString() => Line == 0 ? $"{Code}: {Reason}" : string.Create(CultureInfo.InvariantCulture, $"line {Line}: {Code}: {Reason}");
}

/// <summary>A message that was refused whole, with every reason that was found.</summary>
public sealed class ErnException(IReadOnlyList<ErnProblem> problems) : Exception(string.Join("; ", problems.Take(20)))
{
    public ErnException(int line, string code, string reason)
        : this([new ErnProblem(line, code, reason)])
    {
    }

    public IReadOnlyList<ErnProblem> Problems { get; } = problems;
}

/// <summary>Collects problems, so that a sender hears of all of them at once.</summary>
internal sealed class ErnProblems
{
    private const int Max = 100;

    private readonly List<ErnProblem> _problems = [];

    public void Add(XmlTree node, string code, string reason) => Add(node.Line, code, reason);

    public void Add(int line, string code, string reason)
    {
        if (_problems.Count < Max) _problems.Add(new ErnProblem(line, code, reason));
    }

    public void ThrowIfAny()
    {
        if (_problems.Count > 0) throw new ErnException([.. _problems.OrderBy(problem => problem.Line)]);
    }
}
