namespace DrmHub.Music.Search;

/// <summary>
/// The plain letter under a Latin letter with marks, from the decompositions of the Unicode character database. A table of our own,
/// because the hub runs without the operating system's language data, where <c>string.Normalize</c> leaves such letters as they are.
/// </summary>
internal static class LatinLetters
{
    /// <summary>U+00C0 to U+024F; a dot where there is no Latin letter.</summary>
    private const string LatinToExtendedB =
        "aaaaaaeceeeeiiiidnooooo.ouuuuytsaaaaaaeceeeeiiiidnooooo.ouuuuyty" +
        "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkk.lllllll" +
        "lllnnnnnnnnnooooooeerrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs" +
        "b..............e.ff....ikk......oo.............uu..yyzz........." +
        "....dddlllnnnaaiioouuuuuuuuuu.aaaa..ggggkkoooo..jdddgg..nnaa...." +
        "aaaaeeeeiiiioooorrrruuuusstt..hh.d..zzaaeeooooooooyy.......cc..s" +
        "z..b..eejjqqrryy";

    /// <summary>U+1E00 to U+1EFF.</summary>
    private const string ExtendedAdditional =
        "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm" +
        "mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv" +
        "wwwwwwwwwwxxxxyyzzzzzzhtwyas..s.aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee" +
        "eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy......";

    /// <returns>A letter of a to z in lower case, or the character itself.</returns>
    public static char Plain(char c) => c switch
    {
        >= 'A' and <= 'Z' => (char)(c + 32),
        < '\u00C0' => c,
        < '\u0250' => Known(LatinToExtendedB[c - 0xC0], c),
        >= '\u1E00' and < '\u1F00' => Known(ExtendedAdditional[c - 0x1E00], c),
        _ => c,
    };

    private static char Known(char plain, char c) => plain == '.' ? c : plain;
}
