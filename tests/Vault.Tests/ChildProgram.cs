namespace DrmHub.Vault.Tests;

/// <summary>What this assembly does when a test starts it as a process of its own, in order to kill it.</summary>
internal static class ChildProgram
{
    public static Task<int> Main(string[] arguments) => arguments switch
    {
        ["audit-writer", var folder, var postgreSql, var own] => Audit.CrashWriter.RunAsync(folder, postgreSql, own),
        _ => Worker.RunAsync(arguments),
    };
}
