using System.Globalization;

namespace DrmHub.Music.Ddex;

/// <summary>
/// The countries of ISO 3166-1, and Kosovo's XK, which databases of addresses and DDEX's lists use, with the offsets from UTC of their time zones, least and greatest over the year, from the time zone
/// database. Deals that say a local time open in a country when its last zone has come to it, and close when its first has.
/// </summary>
internal static class Territories
{
    public const string Worldwide = "Worldwide";

    /// <summary>Each line: least and greatest offset in minutes, and the countries that have them.</summary>
    private const string Table =
        """
        -660 -660 AS NU
        -660 720 UM
        -600 -600 CK
        -600 -540 PF
        -600 -240 US
        -480 -480 PN
        -480 -300 MX
        -480 -150 CA
        -360 -360 BZ CR GT HN NI SV
        -360 -300 EC
        -360 -180 CL
        -300 -300 CO JM KY PA PE
        -300 -240 BS CU HT TC
        -300 -120 BR
        -240 -240 AG AI AW BB BL BO BQ CW DM DO GD GP GY KN LC MF MQ MS PR SX TT VC VE VG VI
        -240 -180 BM
        -240 0 GL
        -180 -180 AR FK GF PY SR UY
        -180 -120 PM
        -180 780 AQ
        -120 -120 GS
        -60 -60 CV
        -60 60 PT
        0 0 BF CI GH GM GN GW IS LR ML MR SH SL SN ST TG
        0 60 EH FO GB GG IE IM JE MA
        0 120 ES
        60 60 AO BJ BV CF CG CM DZ GA GQ NE NG TD TN
        60 120 AD AL AT BA BE CD CH CZ DE DK FR GI HR HU IT LI LU MC ME MK MT NL NO PL RS SE SI SJ SK SM VA XK
        120 120 BI BW LS LY MW MZ NA RW SD SS SZ ZA ZM ZW
        120 180 AX BG CY EE EG FI GR IL LB LT LV MD PS RO UA
        120 720 RU
        180 180 BH BY DJ ER ET IQ JO KE KM KW MG QA SA SO SY TR TZ UG YE YT
        210 210 IR
        240 240 AE AM AZ GE MU OM RE SC
        270 270 AF
        300 300 HM KZ MV PK TF TJ TM UZ
        330 330 IN LK
        345 345 NP
        360 360 BD BT IO KG
        360 480 CN
        390 390 CC MM
        420 420 CX KH LA TH VN
        420 480 MN
        420 540 ID
        480 480 BN HK MO MY PH SG TW
        480 660 AU
        540 540 JP KP KR PW TL
        600 600 GU MP
        600 660 FM PG
        660 660 NC SB VU
        660 720 NF
        720 720 FJ MH NR TV WF
        720 825 NZ
        720 840 KI
        780 780 TK TO WS
        """;

    private static readonly Dictionary<string, (int Least, int Greatest)> s_offsets = Read();

    /// <summary>All codes, in order.</summary>
    public static IReadOnlyList<string> All { get; } = [.. s_offsets.Keys.Order(StringComparer.Ordinal)];

    public static bool IsCountry(string code) => s_offsets.ContainsKey(code);

    /// <summary>Minutes to add to UTC, least and greatest over its zones and seasons.</summary>
    public static (int Least, int Greatest) OffsetsOf(string country) => s_offsets[country];

    private static Dictionary<string, (int Least, int Greatest)> Read()
    {
        var offsets = new Dictionary<string, (int, int)>(StringComparer.Ordinal);
        foreach (var line in Table.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var words = line.Split(' ');
            var pair = (int.Parse(words[0], CultureInfo.InvariantCulture), int.Parse(words[1], CultureInfo.InvariantCulture));
            foreach (var country in words.Skip(2)) offsets[country] = pair;
        }

        return offsets;
    }
}
