using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace DrmHub.Vault.Tests.Audit;

/// <summary>One PostgreSQL server for the tests of the log, started on first use, with a fresh database for each asker.</summary>
internal sealed class AuditPostgres : IDisposable
{
    private static readonly Lazy<AuditPostgres?> s_server = new(Start);
    private static int s_databases;
    private readonly string _directory;
    private readonly Process _process;

    private AuditPostgres(string directory, Process process, int port)
    {
        _directory = directory;
        _process = process;
        Port = port;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
    }

    public int Port { get; }

    public static bool IsPresent => Binary("postgres") is not null;

    /// <summary>The connection string of an empty database.</summary>
    public static string NewDatabase()
    {
        var server = s_server.Value ?? throw new InvalidOperationException("PostgreSQL is not here.");
        var name = "t" + Interlocked.Increment(ref s_databases);
        using var connection = new NpgsqlConnection(server.ConnectionString("postgres"));
        connection.Open();
        using var create = new NpgsqlCommand("create database " + name, connection);
        create.ExecuteNonQuery();
        return server.ConnectionString(name);
    }

    public void Dispose()
    {
        try
        {
            // SIGINT is a fast shutdown; the wrapper passes it on, since both are in one process after exec.
            if (!_process.HasExited) Process.Start("kill", ["-INT", _process.Id.ToString()])!.WaitForExit();
            _process.WaitForExit(10_000);
            Directory.Delete(_directory, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException or UnauthorizedAccessException)
        {
            // Left for the system to clean.
        }
    }

    private string ConnectionString(string database) => $"Host=127.0.0.1;Port={Port};Username=postgres;Database={database};Timeout=5";

    private static AuditPostgres? Start()
    {
        var directory = Directory.CreateTempSubdirectory("drmhub-audit-pg").FullName;
        var data = Path.Combine(directory, "data");
        if (Environment.UserName == "root") Run("chown", ["postgres", directory]);
        Run(AsPostgres(Binary("initdb")!, ["-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8"]));
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        var start = AsPostgres(Binary("postgres")!, ["-D", data, "-p", port.ToString(), "-k", directory, "-c", "listen_addresses=127.0.0.1", "-c", "logging_collector=off"]);
        start.RedirectStandardError = true;
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var server = new AuditPostgres(directory, process, port);
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var connection = new NpgsqlConnection(server.ConnectionString("postgres"));
                connection.Open();
                return server;
            }
            catch (NpgsqlException) when (attempt < 100)
            {
                Thread.Sleep(100);
            }
        }
    }

    private static string? Binary(string name) =>
        new[] { "/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/16/bin", "/usr/lib/postgresql/17/bin", "/usr/local/bin", "/usr/bin" }
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static ProcessStartInfo AsPostgres(string program, string[] arguments) => Environment.UserName == "root"
        ? new ProcessStartInfo("setpriv", ["--reuid=postgres", "--regid=postgres", "--init-groups", program, .. arguments])
        : new ProcessStartInfo(program, arguments);

    private static void Run(string program, string[] arguments) => Run(new ProcessStartInfo(program, arguments));

    private static void Run(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        using var process = Process.Start(start)!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{start.FileName} ended with {process.ExitCode}.");
    }
}
