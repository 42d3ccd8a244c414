using System.Diagnostics;
using System.Globalization;
using System.Text;
using DrmHub.Vault.Rights;

namespace DrmHub.Vault.Tests.Rights;

/// <summary>
/// Broken NDJSON is read or refused with the number of a line; nothing else comes out, and what was read can be written and read again to
/// the same. DRMHUB_FUZZ_SECONDS sets how long (default 3).
/// </summary>
public sealed class RightsFileFuzzTests
{
    private static readonly string[] Corpus =
    [
        """{"id":"d","name":"Deal, भारत","licensor":"L","content":{"patterns":["t*"],"collections":["k"]},"territories":["IN","LK"],"territoriesExcluded":["US"],"opens":"2026-03-29T00:00:00+05:30","closes":"2027-01-01T00:00:00Z","plans":["premium"],"uses":["Stream","Download"],"maxTrack":"HD","audioLanguages":["hi"],"audioQualities":["High"],"minimumLevels":{"HD":"Hardware"},"levelCaps":{"Software":921600},"hdcp":{"HD":"V2_2"},"platforms":[{"platform":"tv","denied":true}],"licenseSeconds":3600,"maxStreams":2}""",
        """{"id":"s","status":"Active","subscriptions":[{"plan":"premium","from":"2026-01-01T00:00:00Z"}],"purchases":[{"content":"t"}],"rentals":[{"collection":"k","from":"2026-01-01T00:00:00Z","firstPlay":"2026-01-02T00:00:00.5Z"}],"devices":[{"id":"tv","revoked":true}]}""",
        """{"kind":"title","document":{"id":"t","name":"T","collections":["k"]}}""",
        """{"kind":"takedown","document":{"id":"t","content":{"patterns":["t"]},"territories":["IN"],"until":"2027-01-01T00:00:00Z","reason":"court"}}""",
        """{"kind":"revocation","document":{"id":"l","version":"7","systemIds":[5,6],"certificateSerials":["0aff"],"appIds":["bad"]}}""",
        """{"document":{"id":"p","name":"P","maxTrack":"UHD1"},"kind":"plan"}""",
        """{"kind":"collection","document":{"id":"k","name":"K","content":{"patterns":["t*","u"]}}}""",
        "", " \t\r",
    ];

    private static readonly string[] Tokens =
        ["null", "[]", "{}", "\"\"", "[null]", "-1", "1e400", "9223372036854775808", "true", "\"\\u0000\"", "\"\\ud800\"", "\"XX\"", "\"HD\"", ",", "}", "]", "\n", "\r\n", "\uFEFF", "\"kind\":\"deal\"", "\"id\":\"d\",", "[[[[[[[[[[[[[[[[[[", "\"2026-13-01T00:00:00Z\""];

    [Fact]
    public async Task Broken_lines_are_read_or_refused()
    {
        var seconds = double.Parse(Environment.GetEnvironmentVariable("DRMHUB_FUZZ_SECONDS") ?? "3", CultureInfo.InvariantCulture);
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var watch = Stopwatch.StartNew();
        var (read, refused, runs) = (0, 0, 0L);
        for (; watch.Elapsed.TotalSeconds < seconds; runs++)
        {
            var file = Mutate(random);
            var kind = random.Next(3) switch { 0 => RightsKinds.Deals, 1 => RightsKinds.Subscribers, _ => (RightsKind?)null };
            try
            {
                foreach (var change in await RightsFile.ReadAsync(new MemoryStream(file), kind))
                {
                    read++;
                    Assert.Equal(change.Id, change.Kind.IdOf(change.Document!));
                    var written = change.Kind.Write(change.Document!);
                    Assert.Equal(written, change.Kind.Write(change.Kind.Read(written)));
                    Assert.Equal(written, change.Kind.Write(change.Kind.Parse(Encoding.UTF8.GetBytes(written))));
                }
            }
            catch (RightsInvalidException exception)
            {
                refused++;
                Assert.InRange(exception.Line ?? 0, 1, 1 + file.Count(each => each == '\n'));
                Assert.NotEmpty(exception.Problems);
                Assert.DoesNotContain("DrmHub.", exception.Message, StringComparison.Ordinal);
            }
            catch (Exception exception)
            {
                Assert.Fail($"Seed {seed}, run {runs}: {exception}\n{Encoding.UTF8.GetString(file)}");
            }
        }

        Assert.True(read > 0 && refused > 0, $"{read} documents read, {refused} files refused: the mutations miss the point.");
    }

    /// <summary>However many lines are read at once, and on however many cores: the first that is wrong is told of.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(700)]
    [InlineData(20_000)]
    public async Task The_first_wrong_line_is_named(int wrong)
    {
        var lines = Enumerable.Range(1, 20_500).Select(i => i == wrong || i > 20_100 ? """{"id":"p"}""" : $$"""{"id":"p{{i}}","name":"{{new string('n', 40)}}"}""");
        var exception = await Assert.ThrowsAsync<RightsInvalidException>(() => RightsFile.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines))), RightsKinds.Plans));
        Assert.Equal(wrong, exception.Line);
    }

    /// <summary>Found by mutation: it was an exception that the routes do not know.</summary>
    [Fact]
    public async Task A_name_that_is_no_utf8_is_refused()
    {
        byte[] file = [.. "{\"docume"u8, 0xA0, .. "t\":{},\"kind\":\"plan\"}"u8];
        var exception = await Assert.ThrowsAsync<RightsInvalidException>(() => RightsFile.ReadAsync(new MemoryStream(file), null));
        Assert.Equal((1, RightsProblem.Malformed), (exception.Line, exception.Problems.Single().Code));
    }

    /// <summary>Found by mutation: nothing asked for the length of an item that was not there.</summary>
    [Theory]
    [InlineData("deal", """{"id":"d","name":"D","content":{"patterns":[null]},"model":"Free","uses":["Stream"]}""")]
    [InlineData("deal", """{"id":"d","name":"D","content":{"patterns":["t"]},"model":"Free","uses":["Stream"],"platforms":[null]}""")]
    [InlineData("subscriber", """{"id":"s","subscriptions":[null]}""")]
    [InlineData("subscriber", """{"id":"s","purchases":[null]}""")]
    [InlineData("subscriber", """{"id":"s","rentals":[{"content":"t","from":"2026-01-01T00:00:00Z"},null]}""")]
    [InlineData("subscriber", """{"id":"s","devices":[null]}""")]
    public async Task An_item_that_is_null_is_refused(string kind, string document)
    {
        var exception = await Assert.ThrowsAsync<RightsInvalidException>(() => RightsFile.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(document)), RightsKinds.Find(kind)));
        Assert.Equal((1, RightsProblem.Malformed), (exception.Line, exception.Problems.Single().Code));
    }

    [Fact]
    public async Task A_line_without_an_end_is_refused_before_all_of_it_was_read()
    {
        var endless = new Endless();
        var exception = await Assert.ThrowsAsync<RightsInvalidException>(() => RightsFile.ReadAsync(endless, RightsKinds.Plans));
        Assert.Equal(1, exception.Line);
        Assert.InRange(endless.Given, RightsFile.MaxLine, 4 * RightsFile.MaxLine);
    }

    private static byte[] Mutate(Random random)
    {
        var text = new StringBuilder();
        for (var i = random.Next(1, 5); i > 0; i--) text.Append(Corpus[random.Next(Corpus.Length)]).Append('\n');
        if (random.Next(4) == 0) text.Insert(0, '\uFEFF');
        for (var i = random.Next(4); i > 0; i--)
        {
            var at = random.Next(text.Length);
            if (random.Next(3) == 0) text.Remove(at, Math.Min(random.Next(1, 12), text.Length - at));
            else text.Insert(at, Tokens[random.Next(Tokens.Length)]);
            if (text.Length == 0) text.Append(' ');
        }

        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        if (random.Next(4) == 0 && bytes.Length > 0) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return bytes;
    }

    private sealed class Endless : Stream
    {
        public long Given { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            buffer.AsSpan(offset, count).Fill((byte)'x');
            Given += count;
            return count;
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
