using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DrmHub.Cenc;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Audit.Encoding;
using FsCheck.Xunit;

namespace DrmHub.Vault.Tests.Audit;

public sealed class AuditEncodingTests
{
    private static readonly byte[] s_id = Convert.FromHexString("0123456789abcdef0123456789abcdef");

    [Fact]
    public void A_leaf_is_written_to_the_byte()
    {
        var entry = new AuditEntry
        {
            Kind = AuditKind.LicenseRefused,
            ContentId = "demo-title",
            Country = "US",
            ReasonCode = "deal.territory",
            System = DrmSystem.PlayReady,
            Keys = [new AuditKey(KeyId.Parse("00112233445566778899aabbccddeeff"), "HD", Granted: false, "deal.territory")],
            Trace = ["rule \"a\"\n", "\u2028\u007f\u00e9"],
            Details = new Dictionary<string, string> { ["b"] = "\u0001", ["a"] = "\\" },
        };
        Assert.Equal(
            "{\"at\":1763769601000,\"content\":\"demo-title\",\"country\":\"US\",\"details\":{\"a\":\"\\\\\",\"b\":\"\\u0001\"},\"id\":\"0123456789abcdef0123456789abcdef\","
            + "\"keys\":[{\"granted\":false,\"kid\":\"00112233445566778899aabbccddeeff\",\"track\":\"HD\",\"withheld\":\"deal.territory\"}],\"kind\":\"license.refused\",\"node\":\"n1\","
            + "\"reason\":\"deal.territory\",\"system\":\"playready\",\"trace\":[\"rule \\\"a\\\"\\n\",\"\u2028\u007f\u00e9\"],\"v\":1}",
            Encoding.UTF8.GetString(Leaf.Encode(entry, new Stamp(s_id, 1763769601000, "n1"), null).Leaf));
    }

    /// <summary>Vector: key 40…5f and the id above; computed independently with HMAC, HKDF and AES-GCM of another library.</summary>
    [Fact]
    public void Pseudonym_and_seal_are_the_documented_ones()
    {
        var key = new SubjectKey(Convert.FromHexString("404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"));
        Assert.Equal("d1461ab6c8e7f608288f9c9de874c4c3", Convert.ToHexStringLower(key.Pseudonym));
        Assert.Equal("08d0a063b29c6d9c166a1fe8844c63f83403da824e8fd597b6e2e4562502dd59", Convert.ToHexStringLower(key.EntryKey(s_id)));
        var associated = "{\"at\":1763769601000,\"event\":\"licence.granted\",\"id\":\"0123456789abcdef0123456789abcdef\",\"subject\":\"d1461ab6c8e7f608288f9c9de874c4c3\",\"territory\":\"IN\",\"title\":\"demo-title\"}"u8.ToArray();
        var plaintext = "{\"device\":\"dev-42\",\"ip\":\"192.0.2.7\",\"sub\":\"demo-premium\"}"u8.ToArray();
        var detail = PersonalSeal.Seal(key, s_id, plaintext, associated, out var commitment);
        Assert.Equal("c33c8fd519d8dd7f5eb49f25e65a7f0a893a405b1c08819620bace1480d32b9c", Convert.ToHexStringLower(commitment));
        Assert.Equal("928618c10ce065aa2db47effe8bd1a6804b10664939b06625729a2059372a613", Convert.ToHexStringLower(SHA256.HashData(detail)));
        Assert.Equal(plaintext, PersonalSeal.Open(key.EntryKey(s_id), commitment, detail, associated));

        detail[3] ^= 1;
        Assert.Null(PersonalSeal.Open(key.EntryKey(s_id), commitment, detail, associated));
        detail[3] ^= 1;
        commitment[0] ^= 1;
        Assert.Null(PersonalSeal.Open(key.EntryKey(s_id), commitment, detail, associated));
    }

    [Property(MaxTest = 200)]
    public bool Any_text_gives_canonical_json_that_reads_back(string?[] texts, int at)
    {
        string? Pick(int i) => texts.Length == 0 ? null : texts[unchecked((uint)(at + i)) % texts.Length];
        var entry = new AuditEntry
        {
            Kind = AuditKind.KeysRefused,
            Subject = Pick(0),
            Actor = Pick(1),
            ContentId = Pick(2),
            Country = Pick(3),
            Upstream = Pick(4),
            Trace = [.. texts.OfType<string>()],
            Details = texts.OfType<string>().Distinct().ToDictionary(text => text, text => text + "\""),
        };
        var key = new SubjectKey(new byte[32]);
        var encoded = Leaf.Encode(entry, new Stamp(s_id, 1, "n"), key);
        var node = JsonNode.Parse(encoded.Leaf)!;
        var sorted = new StringBuilder();
        Canonical(node, sorted);
        var read = LeafReader.Read(0, encoded.Leaf);
        return sorted.ToString() == Encoding.UTF8.GetString(encoded.Leaf) && read.Trace.Count == Math.Min(64, entry.Trace.Count)
            && (encoded.Sealed.Length == 0 || PersonalSeal.Open(key.EntryKey(s_id), Convert.FromHexString(read.PersonalCommitment!), encoded.Sealed, Leaf.WithoutPersonal(encoded.Leaf)) is not null);
    }

    [Property(MaxTest = 500)]
    public bool Any_bytes_read_as_an_entry_or_are_refused(byte[] noise, int at, bool isWhole)
    {
        var leaf = isWhole ? noise : Leaf.Encode(new AuditEntry { Kind = AuditKind.Import, Trace = ["a"] }, new Stamp(s_id, 1, "n"), null).Leaf;
        for (var i = 0; i < noise.Length && !isWhole && i < 3; i++) leaf[unchecked((uint)(at + i * 17)) % leaf.Length] = noise[i];
        try
        {
            return LeafReader.Read(0, leaf).Leaf.Length == leaf.Length;
        }
        catch (AuditFormatException)
        {
            return true;
        }
    }

    [Property(MaxTest = 300)]
    public bool Any_journal_row_reads_or_is_refused(byte[] noise, byte entries)
    {
        var into = new List<(ReadOnlyMemory<byte>, ReadOnlyMemory<byte>)>();
        try
        {
            JournalPayload.Read(noise, entries, into);
            return into.Count == entries;
        }
        catch (AuditFormatException)
        {
            return true;
        }
    }

    /// <summary>RFC 8785 in the profile of the log, written again from its text: names in ordinal order, short escapes, everything else as it is.</summary>
    private static void Canonical(JsonNode? node, StringBuilder output)
    {
        switch (node)
        {
            case JsonObject members:
                output.Append('{');
                foreach (var (i, (name, value)) in members.OrderBy(member => member.Key, StringComparer.Ordinal).Index())
                {
                    if (i > 0) output.Append(',');
                    Quoted(name, output);
                    output.Append(':');
                    Canonical(value, output);
                }

                output.Append('}');
                break;
            case JsonArray items:
                output.Append('[');
                foreach (var (i, item) in items.Index())
                {
                    if (i > 0) output.Append(',');
                    Canonical(item, output);
                }

                output.Append(']');
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String: Quoted(value.GetValue<string>(), output); break;
            default: output.Append(node!.ToJsonString()); break;
        }
    }

    private static void Quoted(string text, StringBuilder output)
    {
        output.Append('"');
        foreach (var c in text)
        {
            output.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\b' => "\\b",
                '\f' => "\\f",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                < ' ' => $"\\u{(int)c:x4}",
                _ => c.ToString(),
            });
        }

        output.Append('"');
    }
}
