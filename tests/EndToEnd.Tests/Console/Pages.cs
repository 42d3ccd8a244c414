namespace DrmHub.EndToEnd.Tests.Console;

/// <summary>Every page of the console, and who may open it.</summary>
internal static class Pages
{
    public static readonly string[] Reader = ["audit.read", "rights.read"];
    public static readonly string[] Editor = ["audit.read", "rights.read", "rights.write"];
    public static readonly string[] Operator = ["keys.admin"];
    public static readonly string[] Everything = ["audit.read", "rights.read", "rights.write", "keys.admin"];

    /// <summary>Somebody with a role of another kind: nothing is shown.</summary>
    public static readonly string[] Packager = ["keys.request"];

    private static readonly string[] Rights = ["rights.read", "rights.write"];

    private static readonly string[] Editing = ["rights.write"];

    public static readonly IReadOnlyList<(string Path, string[] Roles)> All =
    [
        ("/console", ["audit.read"]),
        ("/console/why?q=nobody-at-all", ["audit.read"]),
        ("/console/audit", ["audit.read"]),
        ("/console/audit?outcome=refused&last=24h&open=2", ["audit.read"]),
        ("/console/audit?title=no-such-title", ["audit.read"]),
        ("/console/audit?kind=nonsense", ["audit.read"]),
        ("/console/audit/charts?last=24h", ["audit.read"]),
        ("/console/try?subscriber=demo-premium&title=demo-title&country=IN&device=widevine-l3", ["rights.read", "rights.write"]),
        ("/console/try?subscriber=nobody&title=no-such-title", ["rights.read", "rights.write"]),
        ("/console/try/decode", ["audit.read", "rights.read", "rights.write", "keys.admin", "keys.request"]),
        ("/console/rights", Rights),
        ("/console/rights/deals?country=IN&state=open", Rights),
        ("/console/rights/deals?q=no-such-deal", Rights),
        ("/console/rights/deals/demo-khoj-south-asia", Rights),
        ("/console/rights/deals/demo-khoj-south-asia/edit", ["rights.write"]),
        ("/console/rights/new/deal", ["rights.write"]),
        ("/console/rights/titles", Rights),
        ("/console/rights/titles/demo-title", Rights),
        ("/console/rights/titles/demo-title/edit", Editing),
        ("/console/rights/new/title", Editing),
        ("/console/rights/collections", Rights),
        ("/console/rights/collections/demo-khoj", Rights),
        ("/console/rights/collections/demo-khoj/edit", Editing),
        ("/console/rights/new/collection", Editing),
        ("/console/rights/plans", Rights),
        ("/console/rights/plans/premium", Rights),
        ("/console/rights/plans/premium/edit", Editing),
        ("/console/rights/new/plan", Editing),
        ("/console/rights/subscribers", Rights),
        ("/console/rights/subscribers/demo-premium", Rights),
        ("/console/rights/subscribers/viewer?device=living-room", Rights),
        ("/console/rights/subscribers/viewer/edit", Editing),
        ("/console/rights/new/subscriber", Editing),
        ("/console/rights/revocations", Rights),
        ("/console/rights/revocations/lab", Rights),
        ("/console/rights/revocations/lab/edit", Editing),
        ("/console/rights/new/revocation", Editing),
        ("/console/rights/deals/demo/remove", Editing),
        ("/console/rights/takedowns", Rights),
        ("/console/rights/takedowns?show=an-old-one", Rights),
        ("/console/rights/takedowns?lift=an-old-one", Rights),
        ("/console/rights/new/takedown?title=demo-title&countries=IN", ["rights.write"]),
        ("/console/operations", ["keys.admin"]),
        ("/console/preferences", ["audit.read", "rights.read", "rights.write", "keys.admin", "keys.request"]),
    ];

    public static bool Opens((string Path, string[] Roles) page, string[] roles) => page.Roles.Intersect(roles).Any();
}
