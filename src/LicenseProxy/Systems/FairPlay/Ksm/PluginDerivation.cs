using System.Reflection;
using System.Runtime.Loader;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Systems.FairPlay.Ksm;

/// <summary>
/// The D-Function in an assembly of the operator: a public type with
/// <c>public static void Derive(ReadOnlySpan&lt;byte&gt; r2, ReadOnlySpan&lt;byte&gt; ask, Span&lt;byte&gt; dask)</c>. The assembly needs no reference to DrmHub.
/// </summary>
internal sealed class PluginDerivation : IDerivation
{
    public const string MethodName = "Derive";

    private readonly DeriveKey _derive;

    private PluginDerivation(DeriveKey derive) => _derive = derive;

    private delegate void DeriveKey(ReadOnlySpan<byte> r2, ReadOnlySpan<byte> ask, Span<byte> dask);

    /// <param name="typeName">The full name of the type; null where the assembly has one public type with such a method.</param>
    /// <exception cref="ArgumentException">The file is no such assembly.</exception>
    public static PluginDerivation Load(string path, string? typeName)
    {
        var full = Path.GetFullPath(path);
        Assembly assembly;
        try
        {
            assembly = new PluginContext(full).LoadFromAssemblyPath(full);
        }
        catch (Exception exception) when (exception is IOException or BadImageFormatException)
        {
            throw new ArgumentException($"FairPlay:DFunction:Assembly: {full} cannot be loaded.", exception);
        }

        var methods = assembly.GetExportedTypes()
            .Where(type => typeName is null || type.FullName == typeName)
            .Select(type => type.GetMethod(MethodName, BindingFlags.Public | BindingFlags.Static, [typeof(ReadOnlySpan<byte>), typeof(ReadOnlySpan<byte>), typeof(Span<byte>)]))
            .OfType<MethodInfo>()
            .Where(method => method.ReturnType == typeof(void))
            .ToList();
        if (methods.Count != 1)
            throw new ArgumentException($"FairPlay:DFunction:Assembly: {full} has {methods.Count} types with public static void {MethodName}(ReadOnlySpan<byte> r2, ReadOnlySpan<byte> ask, Span<byte> dask); FairPlay:DFunction:Type names one.");
        return new PluginDerivation(methods[0].CreateDelegate<DeriveKey>());
    }

    public ValueTask DeriveAsync(ReadOnlyMemory<byte> r2, ReadOnlyMemory<byte> applicationSecret, Memory<byte> derivedKey, CancellationToken cancellationToken)
    {
        try
        {
            _derive(r2.Span, applicationSecret.Span, derivedKey.Span);
        }
        catch (Exception exception)
        {
            // The inner exception stays out: nobody knows what an operator's assembly puts into its messages.
            throw new UpstreamException(ReasonCodes.UpstreamRefused, $"The D-Function failed ({exception.GetType().Name}).") { Upstream = "d-function" };
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Finds what the plug-in needs beside the plug-in first, so that its versions and ours do not meet.</summary>
    private sealed class PluginContext(string path) : AssemblyLoadContext("FairPlay D-Function")
    {
        private readonly AssemblyDependencyResolver? _resolver = File.Exists(path) ? new AssemblyDependencyResolver(path) : null;

        protected override Assembly? Load(AssemblyName assemblyName) =>
            _resolver?.ResolveAssemblyToPath(assemblyName) is { } found ? LoadFromAssemblyPath(found) : null;

        protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
            _resolver?.ResolveUnmanagedDllToPath(unmanagedDllName) is { } found ? LoadUnmanagedDllFromPath(found) : 0;
    }
}
