using System.Text.Json;

namespace DrmHub.Vault.Audit.Encoding;

/// <summary>Reads the members of a leaf whose name was just read: what the one-pass readers of leaves share.</summary>
internal static class LeafMembers
{
    public static readonly JsonReaderOptions Options = new() { MaxDepth = 6 };

    public static string? Text(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetString();
    }

    public static long Number(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetInt64();
    }

    public static bool Flag(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetBoolean();
    }

    public static void Skip(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }

    public static AuditFormatException Malformed(long index, Exception? cause = null) => new($"Entry {index} is not an entry of version {Leaf.Version}.", cause);
}
