using System.Text.Json;
using System.Text.Json.Serialization;

namespace DrmHub.Host.Planning;

/// <summary>
/// What one unit of hardware was measured to do: the base of every plan. The built-in figures are those of docs/benchmarks.md; an operator
/// measures its own machines with <c>tests/bench</c> or <c>drmhub load</c> and gives them as a JSON file with the same names.
/// </summary>
internal sealed record MeasuredFigures
{
    private static readonly JsonSerializerOptions s_strict = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    /// <summary>Where the figures come from, for whoever reads the plan.</summary>
    public required string Source { get; init; }

    /// <summary>Licences a second of one processor core: token, decision, session and durable audit entry, one key in the licence.</summary>
    public required double LicensesPerCore { get; init; }

    /// <summary>What each further key in a licence costs, in microseconds of a core.</summary>
    public required double MicrosecondsPerExtraKey { get; init; }

    /// <summary>Heartbeats a second of one core.</summary>
    public required double HeartbeatsPerCore { get; init; }

    /// <summary>Durable audit entries a second that one PostgreSQL takes.</summary>
    public required double AuditEntriesPerDatabase { get; init; }

    /// <summary>Bytes of one licence entry in the database, indexes included.</summary>
    public required double BytesPerAuditEntry { get; init; }

    /// <summary>Scripted operations a second of one Redis shard.</summary>
    public required double OperationsPerRedisShard { get; init; }

    public static MeasuredFigures BuiltIn { get; } = Read(typeof(MeasuredFigures).Assembly.GetManifestResourceStream("figures.json")!);

    /// <exception cref="InvalidDataException">The file is no JSON, lacks a figure, has one that is unknown, or one is not above zero.</exception>
    public static MeasuredFigures Read(Stream json)
    {
        ArgumentNullException.ThrowIfNull(json);
        MeasuredFigures figures;
        try
        {
            figures = JsonSerializer.Deserialize<MeasuredFigures>(json, s_strict) ?? throw new InvalidDataException("The file of figures is empty.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"The file of figures cannot be read: {exception.Message}", exception);
        }

        double[] all = [figures.LicensesPerCore, figures.HeartbeatsPerCore, figures.AuditEntriesPerDatabase, figures.BytesPerAuditEntry, figures.OperationsPerRedisShard];
        if (!all.All(each => each > 0 && double.IsFinite(each)) || figures.MicrosecondsPerExtraKey < 0) throw new InvalidDataException("Every figure is above zero.");
        return figures;
    }
}
