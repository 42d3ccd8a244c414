using System.Text;
using DrmHub.Vault.Audit.Notes;
using FsCheck.Xunit;

namespace DrmHub.Vault.Tests.Audit;

/// <summary>Vectors: the examples of C2SP signed-note and of Go's sumdb/note, and the public test keys of this project.</summary>
public sealed class NoteTests
{
    private const string LogKey = "drmhub.example/audit+8aeadb11+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
    private const string WitnessKey = "witness.example/w1+20324abe+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X";

    private const string Three =
        "drmhub.example/audit\n3\nZhsO4ymxEgXRxbmXvUWsxZVSiIBtJurKpHy8uNriX3c=\n\n"
        + "— drmhub.example/audit iurbEUJm9egCzDEdOkjzzyEAccdJRogbJ9yRmaIm1QO3TCafWjRmPPFqUYUMOm26KPNwElNayEp61EdbIGu7HCJiigo=\n";

    private const string WitnessLine =
        "— witness.example/w1 IDJKvgAAAABpIP1kHbyRU55oPbdIzajscTA1tnwO49H7nZndLUiIYugyRwKK0NchN8+o0xFM7lKi55hz1apbSI2R85uoUZH07B2HBA==\n";

    [Fact]
    public void The_specifications_example_verifies()
    {
        Assert.True(NoteKey.TryParse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", out var key));
        var note = Note("This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n");
        Assert.True(note!.IsSignedBy(key));
    }

    [Fact]
    public void A_checkpoint_is_signed_to_the_byte()
    {
        using var signer = new NoteSigner("drmhub.example/audit", AuditStore.Seed);
        Assert.Equal(LogKey, signer.Public.ToString());
        var text = new Checkpoint("drmhub.example/audit", 3, Convert.FromBase64String("ZhsO4ymxEgXRxbmXvUWsxZVSiIBtJurKpHy8uNriX3c=")).ToText();
        Assert.Equal(Three, SignedNote.Create(text, signer.Sign(text)).ToString());
    }

    [Fact]
    public void A_cosignature_is_signed_to_the_byte_and_verifies()
    {
        using var witness = new NoteSigner("witness.example/w1", Convert.FromHexString("202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"), NoteKeyType.Cosignature);
        Assert.Equal(WitnessKey, witness.Public.ToString());
        var note = Note(Three)!;
        Assert.Equal(WitnessLine, witness.Cosign(note.Text, 1763769700).ToString());
        Assert.True(Note(Three + WitnessLine)!.IsSignedBy(Key(WitnessKey)));
        Assert.False(note.IsSignedBy(Key(WitnessKey)));
    }

    [Fact]
    public void A_wrong_line_of_a_known_key_spoils_the_note()
    {
        var wrong = Three[^20..].Replace('i', 'j');
        Assert.False(Note(Three + "— drmhub.example/audit iurbEEJm9egCzDEdOkjzzyEAccdJRogbJ9yRmaIm1QO3TCafWjRmPPFqUYUMOm26KPNwElNayEp61EdbIGu7HCJiigo=\n")!.Signatures[1].IsBy(Key(LogKey)));
        var spoiled = Note(Three + "— drmhub.example/audit iurbEUJm9egCzDEdOkjzzyEAccdJRogbJ9yRmaIm1QO3TCafWjRmPPFqUYUMOm26KPNwElNayEp61EdbIGu7HCJiigA=\n");
        Assert.True(spoiled!.Signatures[1].IsBy(Key(LogKey)));
        Assert.False(spoiled.IsSignedBy(Key(LogKey)));
        Assert.NotEqual(wrong, Three[^20..]);
    }

    [Theory]
    [InlineData("no signatures\n")]
    [InlineData("text\n\n")]
    [InlineData("text\n\n\n")]
    [InlineData("text\r\n\n— a AAAAAAA=\n")]
    [InlineData("te\txt\n\n— a AAAAAAA=\n")]
    [InlineData("te\0xt\n\n— a AAAAAAA=\n")]
    [InlineData("text\n\n- a AAAAAAA=\n")]
    [InlineData("text\n\n— a+b AAAAAAA=\n")]
    [InlineData("text\n\n— a b AAAAAAA=\n")]
    [InlineData("text\n\n— a AAAA\n")]
    [InlineData("text\n\n— a AAAAAAA\n")]
    [InlineData("text\n\n— a AAAAAAB=\n")]
    [InlineData("text\n\n— a AAAAAAA=")]
    [InlineData("")]
    public void Malformed_notes_are_refused(string text) => Assert.Null(Note(text));

    [Fact]
    public void Bad_utf8_is_refused() => Assert.False(SignedNote.TryParse([0xff, 10, 10, .. "— a AAAAAAA=\n"u8], out _));

    [Fact]
    public void The_text_may_hold_empty_lines() => Assert.Equal("one\n\ntwo\n", Note("one\n\ntwo\n\n— a AAAAAAA=\n")!.Text);

    [Theory]
    [InlineData("o\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("o\n+1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("o\n-0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("o\n18446744073709551616\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("o\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA==\n")]
    [InlineData("o\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\nx\n")]
    [InlineData("o\n1\n")]
    [InlineData("o\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")]
    public void Malformed_checkpoints_are_refused(string text) => Assert.False(Checkpoint.TryParse(text, out _));

    [Theory]
    [InlineData("drmhub.example/audit+8aeadb12+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4")]
    [InlineData("drmhub.example/audit+8aeadb11+AgOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4")]
    [InlineData("drmhub.example/audit+8aeadb11")]
    [InlineData("+8aeadb11+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4")]
    [InlineData("")]
    public void Malformed_keys_are_refused(string text) => Assert.False(NoteKey.TryParse(text, out _));

    [Property(MaxTest = 500)]
    public bool Any_bytes_parse_or_are_refused_and_a_note_survives_unchanged(byte[] noise, int at)
    {
        var bytes = Encoding.UTF8.GetBytes(Three + WitnessLine);
        for (var i = 0; i < noise.Length; i++) bytes[unchecked((int)(((uint)at + (uint)(i * 31)) % (uint)bytes.Length))] = noise[i];
        if (SignedNote.TryParse(noise, out _) && noise.Length < 8) return false;
        return !SignedNote.TryParse(bytes, out var note) || note.ToBytes().AsSpan().SequenceEqual(bytes);
    }

    private static SignedNote? Note(string text) => SignedNote.TryParse(Encoding.UTF8.GetBytes(text), out var note) ? note : null;

    private static NoteKey Key(string text) => NoteKey.TryParse(text, out var key) ? key : throw new ArgumentException("Not a key.");
}
