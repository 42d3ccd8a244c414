using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;

namespace DrmHub.Testing;

/// <summary>
/// A PostgreSQL of this test run: a private cluster with fsync on, listening on a loopback port, deleted afterwards; or the
/// server that DRMHUB_TEST_POSTGRES (a connection string with the right to create databases) names. Each test takes a database
/// of its own from <see cref="CreateDatabaseAsync"/>.
/// </summary>
public sealed class PostgresFixture : IDisposable
{
    private readonly string? _directory;
    private readonly string? _base;

    public PostgresFixture()
    {
        if (Environment.GetEnvironmentVariable("DRMHUB_TEST_POSTGRES") is { Length: > 0 } given)
        {
            _base = given;
            return;
        }

        if (FindBinaries() is not { } binaries)
        {
            Reason = "PostgreSQL is not installed, and DRMHUB_TEST_POSTGRES is not set.";
            return;
        }

        Binaries = binaries;
        _directory = Path.Combine(Path.GetTempPath(), "drmhub-pg-" + RandomNumberGenerator.GetHexString(8, lowercase: true));
        Directory.CreateDirectory(_directory);
        if (Environment.UserName == "root") Run("chown", "postgres", _directory);
        RunAsOwner(Path.Combine(binaries, "initdb"), "-D", Data, "-U", "drmhub", "-A", "trust", "-E", "UTF8", "--locale=C", "-N");
        Port = FreePort();
        _base = $"Host=127.0.0.1;Port={Port};Username=drmhub;Database=postgres;Timeout=5;Command Timeout=30";
        Start();
    }

    /// <summary>Why there is no server; null if there is one. For <c>Skip.If(fixture.Reason is not null, fixture.Reason)</c>.</summary>
    public string? Reason { get; }

    /// <summary>True if the server is this fixture's own: it may be killed and started again.</summary>
    public bool IsOwn => _directory is not null;

    public int Port { get; }

    /// <summary>Where this fixture's own server keeps its files; null for a given server.</summary>
    public string? DirectoryPath => _directory;

    /// <summary>Where the programs of the server lie; empty for a given server.</summary>
    public string Binaries { get; } = "";

    private string Data => Path.Combine(_directory!, "data");

    /// <summary>A new, empty database; its connection string.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = "t_" + RandomNumberGenerator.GetHexString(12, lowercase: true);
        await using var source = NpgsqlDataSource.Create(_base!);
        await using var command = source.CreateCommand($"create database {name}");
        await command.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(_base!) { Database = name }.ToString();
    }

    /// <summary>Starts the fixture's own server and waits until it accepts connections; crash recovery included.</summary>
    public void Start() => RunAsOwner(
        Path.Combine(Binaries, "pg_ctl"), "-D", Data, "-l", Path.Combine(_directory!, "log"), "-w", "-t", "60", "-o",
        $"-p {Port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=on -c synchronous_commit=on -c recovery_init_sync_method=syncfs -c max_connections=200 -c shared_buffers=64MB -c max_wal_size=128MB", "start");

    /// <summary>SIGKILL to the postmaster and every backend, as a power cut would be to the processes.</summary>
    public void Kill()
    {
        var postmaster = int.Parse(File.ReadLines(Path.Combine(Data, "postmaster.pid")).First());
        var children = Children(postmaster);
        foreach (var id in (int[])[postmaster, .. children])
        {
            try
            {
                Process.GetProcessById(id).Kill();
            }
            catch (ArgumentException)
            {
                // Gone already: backends stop when they notice that their postmaster did.
            }
        }

        while (Alive(postmaster) || children.Any(Alive)) Thread.Sleep(5);
        File.Delete(Path.Combine(Data, "postmaster.pid"));
        File.Delete(Path.Combine(_directory!, $".s.PGSQL.{Port}.lock")); // A killed process that nobody has reaped yet still counts as its owner.
    }

    public void Dispose()
    {
        if (_directory is null) return;
        NpgsqlConnection.ClearAllPools();
        try
        {
            RunAsOwner(Path.Combine(Binaries, "pg_ctl"), "-D", Data, "-m", "immediate", "-w", "stop");
        }
        catch (InvalidOperationException)
        {
            // A test killed it and did not start it again.
        }

        Directory.Delete(_directory, recursive: true);
    }

    public static string? FindBinaries()
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        var versions = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(version => Path.Combine(version, "bin")) : [];
        return versions.Concat(path).FirstOrDefault(directory => File.Exists(Path.Combine(directory, "initdb")));
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static bool Alive(int id) => Directory.Exists($"/proc/{id}") && !File.ReadAllText($"/proc/{id}/stat").Contains(") Z ", StringComparison.Ordinal);

    private static int[] Children(int parent) =>
        [.. Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _)).Select(name => int.Parse(name!)).Where(id => ParentOf(id) == parent)];

    private static int ParentOf(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1]);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    // initdb and postgres refuse to run as root.
    private static void RunAsOwner(string program, params string[] arguments)
    {
        if (Environment.UserName == "root") Run("runuser", ["-u", "postgres", "--", program, .. arguments]);
        else Run(program, arguments);
    }

    private static void Run(string program, params string[] arguments)
    {
        // Nothing is redirected to a pipe: the server would inherit it and hold it open.
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = "/" };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("exec \"$0\" \"$@\" </dev/null >/dev/null 2>&1");
        start.ArgumentList.Add(program);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }
}
