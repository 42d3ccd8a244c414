using System.Text;
using DrmHub.Cenc.Pssh;
using DrmHub.Testing;

namespace DrmHub.Cenc.Tests.Pssh;

public sealed class WidevinePsshDataTests
{
    private static readonly KeyId Kid = KeyId.Parse("abba271e8bcf552bbd2e86a434a9a5d9");

    [Theory]
    [InlineData(ProtectionScheme.Cenc, 1667591779u)]
    [InlineData(ProtectionScheme.Cbc1, 1667392305u)]
    [InlineData(ProtectionScheme.Cens, 1667591795u)]
    [InlineData(ProtectionScheme.Cbcs, 1667392371u)]
    public void Schemes_are_four_character_codes_as_numbers(ProtectionScheme scheme, uint number)
    {
        var bytes = new WidevinePsshData { Scheme = scheme }.ToByteArray();

        Assert.Equal(0x48, bytes[0]);
        ulong value = 0;
        for (var i = 1; i < bytes.Length; i++) value |= (ulong)(bytes[i] & 0x7F) << (7 * (i - 1));
        Assert.Equal(number, value);
        Assert.Equal(scheme, WidevinePsshData.Parse(bytes).Scheme);
    }

    [Fact]
    public void Every_field_has_its_number_and_wire_type()
    {
        var data = new WidevinePsshData
        {
            Algorithm = 1,
            KeyIds = [Kid],
            Provider = "widevine_test",
            ContentId = Encoding.UTF8.GetBytes("fkj3ljaSdfalkr3j"),
            TrackType = "SD",
            Policy = "p",
            CryptoPeriodIndex = 300,
            GroupedLicense = new byte[] { 0xFF },
            Scheme = ProtectionScheme.Cenc,
            CryptoPeriodSeconds = 10,
        };

        var bytes = data.ToByteArray();

        Assert.Equal(
            "0801" + "1210abba271e8bcf552bbd2e86a434a9a5d9" + "1a0d" + Hex("widevine_test") + "2210" + Hex("fkj3ljaSdfalkr3j")
            + "2a02" + Hex("SD") + "3201" + Hex("p") + "38ac02" + "4201ff" + "48e3dc959b06" + "500a",
            Convert.ToHexStringLower(bytes));
        var read = WidevinePsshData.Parse(bytes);
        Assert.Equal(1u, read.Algorithm);
        Assert.Equal([Kid], read.KeyIds);
        Assert.Equal("widevine_test", read.Provider);
        Assert.Equal("fkj3ljaSdfalkr3j", Encoding.UTF8.GetString(read.ContentId.Span));
        Assert.Equal("SD", read.TrackType);
        Assert.Equal("p", read.Policy);
        Assert.Equal(300u, read.CryptoPeriodIndex);
        Assert.Equal([0xFF], read.GroupedLicense.ToArray());
        Assert.Equal(ProtectionScheme.Cenc, read.Scheme);
        Assert.Equal(10u, read.CryptoPeriodSeconds);
        Assert.True(read.UnknownFields.IsEmpty);
    }

    /// <summary>The pssh of a public browser challenge: a content id and a scheme, no key id.</summary>
    [SkippableFact]
    public void The_pssh_data_of_a_real_challenge_is_read()
    {
        var path = SharedVectors.Find("vectors/widevine/challenge.b64");
        Skip.If(path is null, "shared vectors are absent");
        var challenge = Convert.FromBase64String(File.ReadAllText(path!).Trim());

        var request = Field(challenge, 2); // SignedMessage.msg
        var psshData = Field(Field(Field(request, 2), 1), 1); // content_id, widevine_pssh_data, pssh_data
        var data = WidevinePsshData.Parse(psshData);

        Assert.Equal("fkj3ljaSdfalkr3j", Encoding.ASCII.GetString(data.ContentId.Span));
        Assert.Equal(ProtectionScheme.Cenc, data.Scheme);
        Assert.Empty(data.KeyIds);
        Assert.Equal(psshData, data.ToByteArray());
    }

    [Theory]
    [InlineData("5803")] // a type that is none of the three
    [InlineData("6a03616263")] // field 13, bytes
    [InlineData("12020102")] // a key id of two bytes
    [InlineData("4801")] // a scheme that is no four-character code
    [InlineData("1a02c328")] // a provider that is not UTF-8
    [InlineData("0d00000000")] // field 1 as 32-bit
    [InlineData("09ffffffffffffffff")] // field 1 as 64-bit
    [InlineData("38ffffffff1f")] // a period index above 32 bits
    public void What_is_not_known_is_kept_byte_for_byte(string hex)
    {
        var bytes = Convert.FromHexString(hex);

        var data = WidevinePsshData.Parse(bytes);

        Assert.Equal(bytes, data.UnknownFields.ToArray());
        Assert.Equal(bytes, data.ToByteArray());
    }

    [Theory]
    [InlineData("08", "varint")]
    [InlineData("1210ab", "runs past the end")]
    [InlineData("12ffffffffffffffffff01", "runs past the end")]
    [InlineData("12ffffffffffffffffff02", "longer than ten bytes")]
    [InlineData("08ffffffffffffffffffff01", "longer than ten bytes")]
    [InlineData("0001", "zero or out of range")]
    [InlineData("f8ffffffffffffffff0101", "zero or out of range")]
    [InlineData("0b", "wire type 3")]
    [InlineData("0f", "wire type 7")]
    [InlineData("0900", "fixed-width")]
    [InlineData("80", "tag")]
    public void Broken_messages_are_refused_with_what_is_wrong(string hex, string expected)
    {
        var bytes = Convert.FromHexString(hex);

        Assert.Contains(expected, Assert.Throws<CencFormatException>(() => WidevinePsshData.Parse(bytes)).Message, StringComparison.Ordinal);
        Assert.False(WidevinePsshData.TryParse(bytes, out _));
    }

    [Fact]
    public void A_message_above_the_limit_is_refused()
    {
        Assert.Throws<CencFormatException>(() => WidevinePsshData.Parse(new byte[WidevinePsshData.MaxSize + 1]));
    }

    private static string Hex(string text) => Convert.ToHexStringLower(Encoding.ASCII.GetBytes(text));

    private static byte[] Field(byte[] message, uint number)
    {
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Field == number) return reader.Bytes.ToArray();
        }

        throw new InvalidOperationException($"No field {number}: {reader.Error}");
    }
}
