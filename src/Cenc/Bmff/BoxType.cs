namespace DrmHub.Cenc.Bmff;

/// <summary>Four-character codes as big-endian numbers, so that a <c>switch</c> can name them (ISO/IEC 14496-12, 4.2).</summary>
public static class BoxType
{
    public const uint Avc1 = 0x61766331;
    public const uint Co64 = 0x636F3634;
    public const uint Ctts = 0x63747473;
    public const uint Edts = 0x65647473;
    public const uint Elst = 0x656C7374;
    public const uint Emsg = 0x656D7367;
    public const uint Enca = 0x656E6361;
    public const uint Encv = 0x656E6376;
    public const uint Free = 0x66726565;
    public const uint Frma = 0x66726D61;
    public const uint Ftyp = 0x66747970;
    public const uint Hdlr = 0x68646C72;
    public const uint Mdat = 0x6D646174;
    public const uint Mdhd = 0x6D646864;
    public const uint Mdia = 0x6D646961;
    public const uint Mehd = 0x6D656864;
    public const uint Mfhd = 0x6D666864;
    public const uint Mfra = 0x6D667261;
    public const uint Minf = 0x6D696E66;
    public const uint Moof = 0x6D6F6F66;
    public const uint Moov = 0x6D6F6F76;
    public const uint Mvex = 0x6D766578;
    public const uint Mvhd = 0x6D766864;
    public const uint Prft = 0x70726674;
    public const uint Pssh = 0x70737368;
    public const uint Saio = 0x7361696F;
    public const uint Saiz = 0x7361697A;
    public const uint Sbgp = 0x73626770;
    public const uint Schi = 0x73636869;
    public const uint Schm = 0x7363686D;
    public const uint Piff = 0x70696666;
    public const uint Senc = 0x73656E63;
    public const uint Sgpd = 0x73677064;
    public const uint Sidx = 0x73696478;
    public const uint Sinf = 0x73696E66;
    public const uint Soun = 0x736F756E;
    public const uint Ssix = 0x73736978;
    public const uint Stbl = 0x7374626C;
    public const uint Stco = 0x7374636F;
    public const uint Stsc = 0x73747363;
    public const uint Stsd = 0x73747364;
    public const uint Stss = 0x73747373;
    public const uint Stsz = 0x7374737A;
    public const uint Stts = 0x73747473;
    public const uint Styp = 0x73747970;
    public const uint Stz2 = 0x73747A32;
    public const uint Tenc = 0x74656E63;
    public const uint Tfdt = 0x74666474;
    public const uint Tfhd = 0x74666864;
    public const uint Tfra = 0x74667261;
    public const uint Tkhd = 0x746B6864;
    public const uint Traf = 0x74726166;
    public const uint Trak = 0x7472616B;
    public const uint Trex = 0x74726578;
    public const uint Trun = 0x7472756E;
    public const uint Uuid = 0x75756964;
    public const uint Vide = 0x76696465;

    /// <summary>Grouping type of key rotation (ISO/IEC 23001-7, 6).</summary>
    public const uint Seig = 0x73656967;

    /// <summary>The code as four characters; bytes outside printable ASCII appear as <c>\xNN</c>.</summary>
    public static string Name(uint type)
    {
        if (IsPrintable(type)) return string.Create(4, type, static (span, code) =>
        {
            for (var i = 0; i < 4; i++) span[i] = (char)((code >> (24 - (i * 8))) & 0xFF);
        });
        var text = new System.Text.StringBuilder(16);
        for (var shift = 24; shift >= 0; shift -= 8)
        {
            var c = (type >> shift) & 0xFF;
            if (c is >= 0x20 and < 0x7F) text.Append((char)c);
            else text.Append("\\x").Append(c.ToString("x2", System.Globalization.CultureInfo.InvariantCulture));
        }
        return text.ToString();
    }

    /// <summary>Reads exactly four Latin-1 characters.</summary>
    /// <exception cref="ArgumentException">Not four characters, or one above U+00FF.</exception>
    public static uint Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length != 4) throw new ArgumentException("A four-character code has four characters.", nameof(name));
        uint type = 0;
        foreach (var c in name)
        {
            if (c > 0xFF) throw new ArgumentException("A four-character code is Latin-1.", nameof(name));
            type = (type << 8) | c;
        }
        return type;
    }

    private static bool IsPrintable(uint type)
    {
        for (var shift = 24; shift >= 0; shift -= 8)
        {
            if (((type >> shift) & 0xFF) is < 0x20 or >= 0x7F) return false;
        }
        return true;
    }
}
