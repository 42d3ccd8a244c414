using System.Diagnostics;
using System.Text;
using DrmHub.KeyService.Cpix;

namespace DrmHub.KeyService.Tests.Cpix;

/// <summary>
/// Mutations of real documents: every answer is a document or a <see cref="CpixException"/>, and a document that was read can be asked,
/// saved and read again. DRMHUB_FUZZ_SECONDS sets how long (default 5).
/// </summary>
public sealed class FuzzTests
{
    private static readonly string[] Tokens =
    [
        "<", ">", "/>", "\"", "&", "&amp;", "&#x0;", "&#xD800;", "<!DOCTYPE a>", "<!ENTITY", "<![CDATA[", "]]>", "<!--", "-->", "<?x?>", "xmlns=\"\"", "xmlns:cpix=\"urn:x\"",
        " id=\"a\"", " kid=\"11111111-1111-4111-8111-111111111111\"", "version=\"9\"", "-1", "99999999999999999999", "PT1S", "P1Y", "2026-13-45T99:99:99Z", "0001-01-01T00:00:00+14:00",
        "=", "====", "\u0000", "\uFFFF", "<cpix:ContentKeyList>", "</cpix:ContentKeyList>", "<ContentKeyUsageRule/>", "<pskc:PlainValue/>", "URI=\"\"", "URI=\"#a\"",
    ];

    [Fact]
    public void Mutated_documents_are_read_or_refused()
    {
        var seconds = double.Parse(Environment.GetEnvironmentVariable("DRMHUB_FUZZ_SECONDS") ?? "5", System.Globalization.CultureInfo.InvariantCulture);
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var corpus = Corpus();
        var watch = Stopwatch.StartNew();
        var loaded = 0;
        long runs = 0;
        for (; watch.Elapsed.TotalSeconds < seconds; runs++)
        {
            var input = Mutate(corpus[random.Next(corpus.Count)], corpus, random);
            try
            {
                if (Exercise(input)) loaded++;
            }
            catch (Exception e)
            {
                Assert.Fail($"Seed {seed}, run {runs}: {e}\n{Convert.ToBase64String(input)}");
            }
        }

        Assert.True(loaded > 0 && loaded < runs, $"{loaded} of {runs} documents were loaded: the mutations miss the point.");
    }

    private static bool Exercise(byte[] input)
    {
        CpixDocument document;
        try
        {
            document = CpixDocument.Load(input);
        }
        catch (CpixException e)
        {
            Assert.StartsWith("cpix.", e.Code, StringComparison.Ordinal);
            return false;
        }

        document.Validate();
        document.CheckSignatures();
        document.Resolve(CpixTrack.Video(1000), CpixMoment.InPeriod(1));
        foreach (var key in document.ContentKeys)
        {
            Refusable(() => document.KeyChain(key.Kid));
            Refusable(() => key.GetKey()?.Dispose());
        }

        foreach (var system in document.DrmSystems) Refusable(() => _ = system.ContentProtectionData);
        Refusable(() => document.ReadEncryptedKeys(TestCertificates.A));
        foreach (var key in document.ContentKeys) key.SetKey(new byte[16]);
        Refusable(() => document.EncryptKeys());
        foreach (var system in document.DrmSystems) system.Pssh = [1];
        var again = CpixDocument.Load(document.Save());
        Assert.Equal(document.ContentKeys.Select(k => k.Kid), again.ContentKeys.Select(k => k.Kid));
        Assert.Equal(again.Save(), CpixDocument.Load(again.Save()).Save());
        return true;
    }

    private static void Refusable(Action action)
    {
        try
        {
            action();
        }
        catch (CpixException e)
        {
            Assert.StartsWith("cpix.", e.Code, StringComparison.Ordinal);
        }
    }

    internal static byte[] Mutate(byte[] original, List<byte[]> corpus, Random random)
    {
        var bytes = new List<byte>(original);
        var count = random.Next(1, 5);
        for (var i = 0; i < count && bytes.Count > 0; i++)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(7))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes.InsertRange(at, Encoding.UTF8.GetBytes(Tokens[random.Next(Tokens.Length)])); break;
                case 3: bytes.RemoveRange(at, Math.Min(random.Next(1, 40), bytes.Count - at)); break;
                case 4: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 400), bytes.Count - at))); break;
                case 5 when random.Next(8) == 0:
                    var other = corpus[random.Next(corpus.Count)];
                    bytes.InsertRange(at, other.AsSpan(random.Next(other.Length)).ToArray());
                    break;
                default: MoveElement(bytes, random); break;
            }
        }

        return [.. bytes];
    }

    // Cuts from one tag to another and puts it elsewhere, so that many mutants stay well-formed.
    private static void MoveElement(List<byte> bytes, Random random)
    {
        var text = Encoding.UTF8.GetString([.. bytes]);
        var open = text.IndexOf('<', random.Next(text.Length));
        if (open < 0) return;
        var close = text.IndexOf("/>", open, StringComparison.Ordinal);
        if (close < 0 || close - open > 2000) return;
        var element = text[open..(close + 2)];
        var rest = random.Next(2) == 0 ? text : text.Remove(open, element.Length);
        var target = rest.IndexOf('<', random.Next(rest.Length));
        if (target < 0) return;
        bytes.Clear();
        bytes.AddRange(Encoding.UTF8.GetBytes(rest.Insert(target, element)));
    }

    internal static List<byte[]> Corpus()
    {
        var signed = SignatureTests.Sample();
        signed.AddRecipient(TestCertificates.A);
        signed.EncryptKeys();
        signed.Sign(signed.ContentKeys, TestCertificates.Signer);
        signed.SignDocument(TestCertificates.Signer);
        var corpus = new List<byte[]> { signed.Save(), SignatureTests.Sample().Save() };
        corpus.AddRange(CpixVectors.All().Select(f => CpixVectors.Read(f.Split('/'))).Where(b => b.Length < 60_000));
        return corpus;
    }
}
