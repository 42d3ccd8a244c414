using DrmHub.Cenc;
using DrmHub.Vault.Rights;

namespace DrmHub.Host.Pages.Rights;

/// <summary>A plan in its form.</summary>
internal sealed class PlanForm : EditForm
{
    private PlanForm(Dictionary<string, string> fields)
        : base(fields)
    {
    }

    public static PlanForm From(Plan? plan, string? id) => new(new Dictionary<string, string>
    {
        ["id"] = id ?? "",
        ["name"] = plan?.Name ?? id ?? "",
        ["maxTrack"] = plan?.MaxTrack?.ToString() ?? "",
        ["maxStreams"] = Text(plan?.MaxStreams),
        ["maxDevices"] = Text(plan?.MaxDevices),
    });

    public static PlanForm Read(IFormCollection form) => new(Posted(form));

    public Plan? Build(string? id) => Checked(
        RightsKinds.Plans,
        new Plan { Id = id ?? this["id"], Name = this["name"], MaxTrack = Choice<TrackType>("maxTrack"), MaxStreams = Number("maxStreams"), MaxDevices = Number("maxDevices") });
}
