using DrmHub.Music.Search;

namespace DrmHub.Music.Tests.Search;

public sealed class SearchIndexTests
{
    /// <summary>Titles of our own choosing, each with spellings that people type. Native, language, spellings.</summary>
    public static readonly TheoryData<string, string, string> Spellings = new()
    {
        { "हिन्दी गीत", "hi", "hindi geet|hindi git|हिन्दी गीत|हिंदी गीत" },
        { "दिल तो पागल है", "hi", "dil to pagal hai|dil to paagal hai" },
        { "ज़िंदगी", "hi", "zindagi|jindagi|zindagee" },
        { "प्यार", "hi", "pyar|pyaar" },
        { "मोहब्बत", "hi", "mohabbat|mohabat" },
        { "कृष्ण भजन", "hi", "krishna bhajan|krishn bhajan" },
        { "ज्ञान", "hi", "gyan|gyaan|jnana" },
        { "चाँद", "hi", "chand|chaand" },
        { "लड़का", "hi", "ladka|larka" },
        { "फ़िल्म", "hi", "film|filam" },
        { "आवडती गाणी", "mr", "avadti gani|aavadati gaani" },
        { "বাংলা গান", "bn", "bangla gan|bangla gaan" },
        { "ভালোবাসা", "bn", "bhalobasha|valobasa" },
        { "রবীন্দ্রসঙ্গীত", "bn", "rabindrasangeet|rabindra sangeet" },
        { "ਪੰਜਾਬੀ ਗੀਤ", "pa", "panjabi geet|punjabi geet" },
        { "ਸੱਚ", "pa", "sach|sacch" },
        { "ગુજરાતી ગીત", "gu", "gujarati geet|gujrati geet" },
        { "ଓଡ଼ିଆ ଗୀତ", "or", "odia gita" },
        { "தமிழ் பாடல்", "ta", "tamizh paadal|tamil padal" },
        { "காதல்", "ta", "kaadhal|kadhal|kathal" },
        { "நன்றி", "ta", "nandri" },
        { "பாட்டு", "ta", "paattu|pattu|paatu" },
        { "తెలుగు పాట", "te", "telugu pata|telugu paata" },
        { "ప్రేమ", "te", "prema" },
        { "జ్ఞాపకం", "te", "gnapakam|jnapakam" },
        { "ಕನ್ನಡ ಹಾಡು", "kn", "kannada hadu|kannada haadu" },
        { "ಪ್ರೀತಿ", "kn", "preeti|preethi" },
        { "മലയാളം പാട്ട്", "ml", "malayalam pattu|malayalam paattu" },
        { "അവൻ", "ml", "avan" },
        { "സ്നേഹം", "ml", "sneham" },
        { "اردو گیت", "ur", "urdu geet" },
        { "محبت", "ur", "mohabbat" },
        { "Kṛṣṇa", "sa", "krsna|krishna" },
        { "Beyoncé", "en", "beyonce|BEYONCE|beyonsé" },
        { "Der Müller", "de", "muller|der müller" },
        { "Señorita", "es", "senorita" },
        { "夜に駆ける", "ja", "夜に駆ける|駆ける" },
        { "Привет", "ru", "привет|ПРИВЕТ" },
    };

    [Theory]
    [MemberData(nameof(Spellings))]
    public void A_title_is_found_by_every_spelling_among_all_others(string title, string language, string spellings)
    {
        using var index = new SearchIndex(1000);
        foreach (var row in Spellings) index.Put(new SearchEntry("recording", (string)row[0], (string)row[0], null), [new SearchField((string)row[0], (string)row[1], false)]);
        Assert.NotEmpty(language);
        foreach (var spelling in spellings.Split('|'))
        {
            var hits = index.Find(spelling, _ => true, 5);
            Assert.True(hits.Count > 0, $"{spelling} finds nothing.");

            // Some of these titles are the same word in two scripts.
            Assert.Contains(title, hits.Take(2).Select(hit => hit.Entry.Title));
        }
    }

    [Theory]
    [InlineData("Moonlight Sonata", "moonlihgt sonata")]
    [InlineData("Moonlight Sonata", "monlight sonata")]
    [InlineData("Moonlight Sonata", "moonlight sonatta")]
    [InlineData("Moonlight Sonata", "moonl")]
    [InlineData("Moonlight Sonata", "moon light sonata")]
    [InlineData("मुस्कुराहट", "muskurahaat")]
    public void Typing_errors_and_beginnings_find(string title, string query)
    {
        using var index = new SearchIndex(1000);
        index.Put(new SearchEntry("recording", "1", title, null), [new SearchField(title, null, false)]);
        index.Put(new SearchEntry("recording", "2", "Something Else", null), [new SearchField("Something Else", null, false)]);
        Assert.Equal("1", Assert.Single(index.Find(query, _ => true, 5)).Entry.Id);
    }

    [Fact]
    public void The_whole_title_comes_before_one_that_only_contains_it_and_a_title_before_a_name()
    {
        using var index = new SearchIndex(1000);
        index.Put(new SearchEntry("recording", "long", "Kaveri River of Songs", null), [new SearchField("Kaveri River of Songs", null, false)]);
        index.Put(new SearchEntry("recording", "exact", "Kaveri", null), [new SearchField("Kaveri", null, false)]);
        index.Put(new SearchEntry("recording", "name", "Monsoon", "Kaveri"), [new SearchField("Monsoon", null, false), new SearchField("Kaveri", null, true)]);
        index.Put(new SearchEntry("recording", "near", "Kaveti", null), [new SearchField("Kaveti", null, false)]);
        Assert.Equal(["exact", "long", "name", "near"], index.Find("kaveri", _ => true, 10).Select(hit => hit.Entry.Id));
    }

    [Fact]
    public void Title_and_artist_together_find_one_recording()
    {
        using var index = new SearchIndex(1000);
        for (var i = 0; i < 20; i++) index.Put(new SearchEntry("recording", $"{i}", "Tum", $"Singer {i}"), [new SearchField("Tum", "hi", false), new SearchField($"Singer{(char)('a' + i)}", null, true)]);
        Assert.Equal("7", index.Find("tum singerh", _ => true, 3)[0].Entry.Id);
    }

    [Fact]
    public void What_was_replaced_or_removed_is_not_found_and_space_is_given_back()
    {
        using var index = new SearchIndex(3000);
        for (var round = 0; round < 3; round++)
            for (var i = 0; i < 2000; i++) index.Put(new SearchEntry("recording", $"{i}", $"word{round}x{i}", null), [new SearchField($"word{round}x{i}", null, false)]);
        Assert.Equal(2000, index.Count);
        Assert.DoesNotContain(index.Find("word0x17", _ => true, 5), hit => hit.Entry.Title == "word0x17");
        Assert.Equal("17", index.Find("word2x17", _ => true, 1)[0].Entry.Id);
        index.Remove("17");
        Assert.DoesNotContain(index.Find("word2x17", _ => true, 5), hit => hit.Entry.Id == "17");
    }

    [Fact]
    public void A_full_index_says_so_and_keeps_what_it_has()
    {
        using var index = new SearchIndex(2);
        for (var i = 0; i < 4; i++) index.Put(new SearchEntry("recording", $"{i}", $"song {i}", null), [new SearchField($"song {i}", null, false)]);
        Assert.Equal(2, index.Count);
        Assert.Equal(2, index.Refused);
        Assert.Equal(2, index.Find("song", _ => true, 10).Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("!!!")]
    [InlineData("\ud800")]
    [InlineData("\u094d\u094d\u094d")]
    [InlineData("\u0a71\u0a71")]
    [InlineData("\u0bb1")]
    public void Odd_queries_find_nothing_and_break_nothing(string query)
    {
        using var index = new SearchIndex(10);
        index.Put(new SearchEntry("recording", "1", "song", null), [new SearchField("song", null, false)]);
        Assert.Empty(index.Find(query, _ => true, 5));
    }

    [Theory]
    [InlineData("kitten", "sitting", 3, 3)]
    [InlineData("abcd", "abdc", 2, 1)]
    [InlineData("abc", "abc", 2, 0)]
    [InlineData("abcdef", "uvwxyz", 2, 3)]
    public void Distance(string left, string right, int most, int expected) => Assert.Equal(expected, EditDistance.Between(left, right, most));
}
