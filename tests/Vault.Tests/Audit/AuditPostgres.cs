using DrmHub.Testing;

namespace DrmHub.Vault.Tests.Audit;

/// <summary>The one server that all tests of the log share.</summary>
internal static class AuditPostgres
{
    private static readonly Lazy<PostgresFixture> s_fixture = new(() =>
    {
        var fixture = new PostgresFixture();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => fixture.Dispose();
        return fixture;
    });

    public static PostgresFixture Fixture => s_fixture.Value;
}
