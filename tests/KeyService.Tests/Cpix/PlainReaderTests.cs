using System.Diagnostics;
using System.Text;
using DrmHub.KeyService.Cpix;
using DrmHub.KeyService.Cpix.Xml;

namespace DrmHub.KeyService.Tests.Cpix;

/// <summary>What the reader of plain documents reads, the framework's parser reads the same way; everything else it leaves alone.</summary>
public sealed class PlainReaderTests
{
    private const string Open = "<CPIX xmlns=\"urn:dashif:org:cpix\">";

    [Theory]
    [InlineData(Open + "</CPIX>")]
    [InlineData("<?xml version='1.0' encoding='utf-8'?>\n" + Open + "\n  <a b = 'c'\td=\"\"/>text</CPIX >\n")]
    [InlineData("<x:CPIX xmlns:x=\"urn:dashif:org:cpix\"><x:a xmlns:x=\"urn:x\" x:b=\"1\"/><x:a xmlns=\"\"><b/></x:a></x:CPIX>")]
    public void Plain_documents_are_read_here(string text) => Assert.True(Compare(Encoding.UTF8.GetBytes(text), CpixLimits.Default), "It was left to the framework's parser.");

    [Theory]
    [InlineData("")]
    [InlineData("<")]
    [InlineData("<a")]
    [InlineData("<a b")]
    [InlineData("<a b=")]
    [InlineData("<a b='")]
    [InlineData("<a>")]
    [InlineData("</a>")]
    [InlineData("<a></b>")]
    [InlineData("<a></ab>")]
    [InlineData("<ab></a>")]
    [InlineData("<a/><a/>")]
    [InlineData("<a/>b")]
    [InlineData("b<a/>")]
    [InlineData(" <?xml version=\"1.0\"?><a/>")]
    [InlineData("<a b='1'c='2'/>")]
    [InlineData("<a b='1' b='2'/>")]
    [InlineData("<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>")]
    [InlineData("<a xmlns:p='u' xmlns:p='v'/>")]
    [InlineData("<a xmlns='u' xmlns='v'/>")]
    [InlineData("<a xmlns:p=''/>")]
    [InlineData("<p:a/>")]
    [InlineData("<a p:b='1'/>")]
    [InlineData("<a><p:b xmlns:p='u'/><p:b/></a>")]
    [InlineData("<a xmlns:xml='u'/>")]
    [InlineData("<a xmlns:xmlns='u'/>")]
    [InlineData("<a xmlns:p='http://www.w3.org/2000/xmlns/'/>")]
    [InlineData("<xmlns:a/>")]
    [InlineData("<a:b:c xmlns:a='u'/>")]
    [InlineData("<1/>")]
    [InlineData("<-a/>")]
    [InlineData("<a b='<'/>")]
    [InlineData("<a b='&amp;'/>")]
    [InlineData("<a b='\n'/>")]
    [InlineData("<a>&amp;</a>")]
    [InlineData("<a>]]></a>")]
    [InlineData("<a>\r\n</a>")]
    [InlineData("<a>\u0001</a>")]
    [InlineData("<a>\u007F</a>")]
    [InlineData("<a>\u00E9</a>")]
    [InlineData("<a><!--b--></a>")]
    [InlineData("<a><?b?></a>")]
    [InlineData("<a><![CDATA[b]]></a>")]
    [InlineData("<!DOCTYPE a><a/>")]
    [InlineData("<a xml:space='preserve'> </a>")]
    public void Everything_else_is_left_to_the_parser_of_the_framework(string text) =>
        Assert.Null(XmlPlainReader.Read(Encoding.UTF8.GetBytes(text), CpixLimits.Default));

    [SkippableFact]
    public void What_packagers_write_is_plain()
    {
        CpixVectors.SkipIfAbsent();
        var plain = CpixVectors.All().Count(file => Compare(CpixVectors.Read(file.Split('/')), CpixLimits.Default));
        Assert.True(plain > CpixVectors.All().Count() / 2, $"{plain} of the vectors are plain.");
    }

    /// <summary>A quarter of DRMHUB_FUZZ_SECONDS (default 5): the parser itself is fuzzed elsewhere.</summary>
    [Fact]
    public void Mutated_documents_are_read_as_the_framework_reads_them()
    {
        var seconds = double.Parse(Environment.GetEnvironmentVariable("DRMHUB_FUZZ_SECONDS") ?? "5", System.Globalization.CultureInfo.InvariantCulture) / 4;
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var corpus = FuzzTests.Corpus();
        var watch = Stopwatch.StartNew();
        var (runs, plain) = (0L, 0L);
        for (; watch.Elapsed.TotalSeconds < seconds; runs++)
        {
            var input = FuzzTests.Mutate(corpus[random.Next(corpus.Count)], corpus, random);
            var limits = random.Next(4) == 0 ? new CpixLimits { MaxNodes = random.Next(16, 400), MaxDepth = random.Next(4, 12), MaxAttributes = random.Next(8, 12) } : CpixLimits.Default;
            try
            {
                if (Compare(input, limits)) plain++;
            }
            catch (Exception e)
            {
                Assert.Fail($"Seed {seed}, run {runs}: {e}\n{Convert.ToBase64String(input)}");
            }
        }

        Assert.True(plain > 0 && plain < runs, $"{plain} of {runs} documents were plain: the mutations miss the point.");
    }

    /// <returns>Whether the document is plain.</returns>
    private static bool Compare(byte[] document, CpixLimits limits)
    {
        if (XmlPlainReader.Read(document, limits) is not { } plain) return false;
        var other = XmlTreeReader.ReadAny(document, limits);
        Assert.Equal(Describe(other.Root), Describe(plain.Root));
        Assert.Empty(other.Before);
        Assert.Empty(other.After);
        return true;
    }

    private static string Describe(XmlNode node)
    {
        var text = new StringBuilder();
        Describe(node, text);
        return text.ToString();
    }

    private static void Describe(XmlNode node, StringBuilder text)
    {
        text.Append('<').Append(node.Prefix).Append('|').Append(node.LocalName).Append('|').Append(node.NamespaceUri);
        foreach (var attribute in node.Attributes) text.Append('\n').Append(attribute);
        text.Append('>');
        foreach (var child in node.Children)
        {
            if (child is XmlNode inner) Describe(inner, text);
            else text.Append('[').Append((string)child).Append(']');
        }

        text.Append("</>");
    }
}
