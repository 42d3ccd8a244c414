using System.Globalization;
using DrmHub.Vault.Rights;

namespace DrmHub.Host.Pages.Rights;

/// <summary>A revocation list in its form.</summary>
internal sealed class RevocationForm : EditForm
{
    private RevocationForm(Dictionary<string, string> fields)
        : base(fields)
    {
    }

    public static RevocationForm From(RevocationList? list) => new(new Dictionary<string, string>
    {
        ["id"] = list?.Id ?? "",
        ["listVersion"] = list?.Version ?? "",
        ["systems"] = Join(list?.SystemIds.Order().Select(id => id.ToString(CultureInfo.InvariantCulture))),
        ["serials"] = Join(list?.CertificateSerials.Order(StringComparer.Ordinal)),
        ["apps"] = Join(list?.AppIds.Order(StringComparer.Ordinal)),
    });

    public static RevocationForm Read(IFormCollection form) => new(Posted(form));

    public RevocationList? Build(RevocationList? original)
    {
        var systems = new HashSet<long>();
        foreach (var item in Lines("systems"))
        {
            if (long.TryParse(item, NumberStyles.None, CultureInfo.InvariantCulture, out var id)) systems.Add(id);
            else Problems.Add(("systems", $"“{item}” is no Widevine system id: they are numbers."));
        }

        return Checked(RightsKinds.Revocations, new RevocationList
        {
            Id = original?.Id ?? this["id"],
            Version = Has("listVersion") ? this["listVersion"] : null,
            SystemIds = systems,
            CertificateSerials = Lines("serials").Select(item => item.Replace(":", "", StringComparison.Ordinal).ToLowerInvariant()).ToHashSet(StringComparer.Ordinal),
            AppIds = Lines("apps").ToHashSet(StringComparer.Ordinal),
        });
    }

    protected override string FieldOf(string path) => path switch
    {
        "$.version" => "listVersion",
        "$.systemIds" => "systems",
        "$.certificateSerials" => "serials",
        "$.appIds" => "apps",
        _ => base.FieldOf(path),
    };

    private static string Join(IEnumerable<string>? items) => string.Join('\n', items ?? []);
}
