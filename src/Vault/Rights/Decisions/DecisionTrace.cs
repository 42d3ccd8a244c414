using DrmHub.Cenc;

namespace DrmHub.Vault.Rights;

/// <summary>The rules that a decision looked at, as sentences for a person.</summary>
internal sealed class DecisionTrace(DecisionRequest request)
{
    private readonly List<string> _sentences = [];

    public IReadOnlyList<string> Sentences => _sentences;

    public void Say(string sentence) => _sentences.Add(sentence);

    public void Deal(Deal deal, Verdict verdict) =>
        Say(verdict == Verdict.Granted ? $"Deal {deal.Name} covers this content here and now." : $"Deal {deal.Name} does not apply: {verdict.ToSentence()}");

    public void Key(RequestedKey key, Deal deal, Verdict verdict)
    {
        var name = key.Track?.ToName() ?? "unknown track";
        Say(verdict == Verdict.Granted
            ? $"The {name} key is granted to a device of level {request.Level} by deal {deal.Name}."
            : $"The {name} key is withheld under deal {deal.Name}: {verdict.ToSentence()}");
    }
}
