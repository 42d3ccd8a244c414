using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using DrmHub.Host.Limits;
using DrmHub.Host.Telemetry;
using DrmHub.LicenseProxy.Devices;
using DrmHub.LicenseProxy.Entitlements;
using DrmHub.LicenseProxy.Limits;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage.Shared;
using SessionOptions = DrmHub.LicenseProxy.Sessions.SessionOptions;

namespace DrmHub.Host.Hosting.Reference;

/// <summary>
/// docs/configuration.md, made from the options that the hub reads: their types, defaults and documentation comments. Single settings that belong to no
/// options type are listed by hand in <see cref="SingleSettings"/>.
/// </summary>
internal static class ConfigurationReference
{
    private static readonly (string Section, Type Type)[] s_sections =
    [
        ("Vault", typeof(KeyStoreOptions)),
        ("Shared", typeof(SharedStateOptions)),
        ("Rights", typeof(RightsOptions)),
        ("Audit", typeof(AuditOptions)),
        ("Sessions", typeof(SessionOptions)),
        ("Devices", typeof(DeviceOptions)),
        ("Devices", typeof(DeviceSlotOptions)),
        ("Limits", typeof(LimitOptions)),
        ("Limits", typeof(DoorLimitOptions)),
        ("Entitlements", typeof(CallbackOptions)),
        ("Telemetry", typeof(TelemetrySettings)),
    ];

    public static string Write()
    {
        var page = new StringBuilder("""
            # Configuration

            Made from the options themselves by `drmhub config`. Settings come from `appsettings.json` beside the program, environment variables (`__` for the colon) and
            `--Section:Option=value` on the command line, later ones over earlier ones. Secrets are named by `file:PATH` or `env:NAME` ([deployment.md](deployment.md)). All that is wrong is said at the start.
            Durations are written `hh:mm:ss` or `d.hh:mm:ss`; `N` counts from 0.


            """);
        foreach (var group in SingleSettings.All.GroupBy(setting => setting.Group))
        {
            Head(page, group.Key);
            foreach (var setting in group) Row(page, setting.Name, setting.Default, setting.Text);
            page.Append('\n');
        }

        foreach (var group in s_sections.GroupBy(section => section.Section))
        {
            Head(page, group.Key);
            foreach (var (section, type) in group) Options(page, section, type, []);
            page.Append('\n');
        }

        return page.ToString().TrimEnd('\n') + "\n";
    }

    private static void Head(StringBuilder page, string title) => page.Append(CultureInfo.InvariantCulture, $"## {title}\n\n| Setting | Default | What it is |\n|---|---|---|\n");

    private static void Row(StringBuilder page, string name, string? standard, string text) =>
        page.Append(CultureInfo.InvariantCulture, $"| `{name}` | {(string.IsNullOrEmpty(standard) ? "" : $"`{standard}`")} | {text.Replace("|", "\\|", StringComparison.Ordinal)} |\n");

    private static void Options(StringBuilder page, string section, Type type, HashSet<Type> above)
    {
        if (!above.Add(type)) return;
        var defaults = Activator.CreateInstance(type);
        foreach (var property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(IsSetting))
        {
            var name = $"{section}:{property.Name}";
            var item = ItemOf(property.PropertyType);
            if (IsOptions(item ?? property.PropertyType)) Options(page, item is null ? name : name + ":N", item ?? property.PropertyType, [.. above]);
            else Row(page, item is null ? name : name + ":N", Show(property.GetValue(defaults)), DocumentationComments.SummaryOf(property));
        }
    }

    /// <summary>Bytes are secrets that never come from the configuration; what the program hands over is no setting.</summary>
    private static bool IsSetting(PropertyInfo property) =>
        property.SetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0 && property.PropertyType != typeof(byte[]) && !typeof(Delegate).IsAssignableFrom(property.PropertyType);

    private static Type? ItemOf(Type type) =>
        type == typeof(string) ? null : type.IsArray ? type.GetElementType() : type.GetInterfaces().Append(type).FirstOrDefault(each => each.IsGenericType && each.GetGenericTypeDefinition() == typeof(IEnumerable<>))?.GetGenericArguments()[0];

    private static bool IsOptions(Type type) => type is { IsClass: true, IsAbstract: false } && type.Namespace?.StartsWith("DrmHub", StringComparison.Ordinal) == true && type.GetConstructor(Type.EmptyTypes) is not null;

    private static string? Show(object? value) => value switch
    {
        null => null,
        string text => text,
        bool flag => flag ? "true" : "false",
        IEnumerable items => string.Join(", ", items.Cast<object>().Select(Show)),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };
}
