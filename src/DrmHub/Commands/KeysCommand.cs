using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DrmHub.Vault.Keys;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub keys status|rotate-master|rotate-data|split|combine</c>: the custody of keys, beside a hub that runs or not.</summary>
internal static class KeysCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create() => new("keys", "Look after master keys and data keys")
    {
        Status(), RotateMaster(), RotateData(), KeysSplitCommand.Create(), KeysCombineCommand.Create(),
    };

    private static Command Status()
    {
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        return KeysSetup.Define("status", "Show the master key in use and every data key", [json], async (parsed, setup, cancellationToken) =>
        {
            var status = await setup.Rotation.ReadStatusAsync(cancellationToken);
            if (parsed.GetValue(json)) Console.Out.WriteLine(JsonSerializer.Serialize(status, Json));
            else Print(status);
            return status.DataKeys.All(key => key.IsOpen) ? 0 : 1;
        });
    }

    private static Command RotateMaster()
    {
        var forget = new Option<bool>("--forget-old") { Description = "Afterwards remove older keys from the local file; backups of the database from before then need them" };
        return KeysSetup.Define("rotate-master", "Wrap every data key under a new master key, or finish doing so", [forget], async (parsed, setup, cancellationToken) =>
        {
            var waiting = (await setup.Rotation.ReadStatusAsync(cancellationToken)).WaitingForMaster;
            if (waiting > 0) Console.Error.WriteLine($"Going on: {waiting} data keys are under an older master key.");
            else if (setup.LocalFile is { } file) Console.Error.WriteLine($"New master key {file.Add()} in {file.Path}. Back it up.");
            var done = await setup.Rotation.RotateMasterAsync(null, cancellationToken);
            var status = await setup.Rotation.ReadStatusAsync(cancellationToken);
            if (parsed.GetValue(forget) && setup.LocalFile is { } kept && status.WaitingForMaster == 0) kept.Keep(new HashSet<string> { status.CurrentMasterKeyId });
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{done} data keys are now under {status.CurrentMasterKeyId}."));
            return status.WaitingForMaster == 0 ? 0 : 1;
        });
    }

    private static Command RotateData()
    {
        return KeysSetup.Define("rotate-data", "Seal every content key under a new data key, or finish doing so", [], async (_, setup, cancellationToken) =>
        {
            var progress = new ConsoleProgress();
            var done = await setup.Rotation.RotateDataAsync(progress, cancellationToken);
            var status = await setup.Rotation.ReadStatusAsync(cancellationToken);
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{done} content keys were sealed again; {status.WaitingForData} wait."));
            return status.WaitingForData == 0 ? 0 : 1;
        });
    }

    private static void Print(KeyStatus status)
    {
        Console.Out.WriteLine("data key                              content keys  made        state       master key");
        foreach (var key in status.DataKeys)
        {
            var state = !key.IsOpen ? "locked" : key.RetiredAt is not null ? "retired" : "in use";
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{key.Id}  {key.ContentKeys,12:N0}  {key.CreatedAt:yyyy-MM-dd}  {state,-10}  {key.MasterKeyId}"));
        }

        Console.Out.WriteLine($"Master key: {status.CurrentMasterKeyId}");
        if (status.DataKeys.Any(key => !key.IsOpen)) Console.Out.WriteLine("Locked data keys need a master key that is not configured here.");
        if (status.WaitingForMaster > 0) Console.Out.WriteLine($"{status.WaitingForMaster} data keys wait for drmhub keys rotate-master.");
        if (status.WaitingForData > 0) Console.Out.WriteLine($"{status.WaitingForData} content keys wait for drmhub keys rotate-data.");
    }

    /// <summary>A line on standard error for every 50,000 keys.</summary>
    private sealed class ConsoleProgress : IProgress<long>
    {
        private const long Step = 50_000;
        private long _told;

        public void Report(long value)
        {
            if (value / Step == _told) return;
            _told = value / Step;
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{value} content keys"));
        }
    }
}
