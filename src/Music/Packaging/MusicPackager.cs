using System.Globalization;
using System.Security.Cryptography;
using DrmHub.Cenc;
using DrmHub.Music.Catalogue;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Keys;

namespace DrmHub.Music.Packaging;

/// <summary>
/// Makes a recording's renditions out of one file: reads and checks all of it first, then makes one rendition after the other, each with a key of
/// its own quality, and puts each into the catalogue when its file is whole. What is there already is left alone.
/// </summary>
public sealed class MusicPackager(MusicCatalogue catalogue, KeyStore keys, AuditLog audit, MediaFolder media, PackagingLimits? limits = null)
{
    private const double PreviewSeconds = 30;

    private readonly PackagingLimits _limits = limits ?? PackagingLimits.Default;

    /// <summary>False does as if the system had no ffmpeg.</summary>
    internal bool UseFFmpeg { get; init; } = true;

    /// <param name="accepted">Called once, when the whole file was found good and before anything of it is stored.</param>
    /// <exception cref="PackagingException">The file cannot be taken; nothing of it was stored.</exception>
    public async Task<PackagingResult> PackageAsync(PackagingRequest request, MusicActor actor, Func<Task>? accepted, IProgress<PackagingProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var source = AudioSource.Open(request.Path, _limits);
        var work = media.CreateWorkFolder();
        try
        {
            var job = await PrepareAsync(request, source, work, progress, cancellationToken);
            if (accepted is not null) await accepted();
            var (made, kept) = (new List<Rendition>(), new List<Rendition>());
            foreach (var planned in job.Plan)
            {
                var (rendition, isNew) = await MakeAsync(job, planned, actor, progress, cancellationToken);
                (isNew ? made : kept).Add(rendition);
            }

            return new PackagingResult(made, kept, job.Remarks);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>Everything that can refuse the file.</summary>
    private async Task<Job> PrepareAsync(PackagingRequest request, AudioSource source, string work, IProgress<PackagingProgress>? progress, CancellationToken cancellationToken)
    {
        Mp4Audio? mp4 = null;
        var header = SourceHeader.Read(source);
        if (source.Container == AudioContainer.Mp4)
        {
            await using var stream = File.OpenRead(source.Path);
            mp4 = Mp4Audio.Read(stream);
            header = new SourceHeader(mp4.SampleRate, mp4.Channels, mp4.Seconds);
        }

        if (header.Channels > _limits.MaxChannels) throw new PackagingException("audio.unsupported", $"It has {header.Channels} channels; the limit is {_limits.MaxChannels}.");
        CheckDuration(header.Seconds);
        var ffmpeg = UseFFmpeg ? FFmpeg.Find(_limits) : null;
        var remarks = new List<string>();
        var loudness = new Loudness(null, null);
        var seconds = header.Seconds ?? 0;
        if (ffmpeg is not null && (request.Measure || header.Seconds is null))
        {
            var measured = await Loudness.MeasureAsync(ffmpeg, source, header, new Part(progress, "measure", header.Seconds ?? 0), cancellationToken);
            (loudness, seconds) = (measured.Loudness, measured.Seconds);
            CheckDuration(seconds);
            if (seconds <= 0) throw new PackagingException("audio.broken", "There is no sound in it.");
            if (header.Seconds is { } told && seconds < told - 1) throw new PackagingException("audio.broken", string.Create(CultureInfo.InvariantCulture, $"It says {told:F1} s and ends after {seconds:F1} s."));
        }
        else if (header.Seconds is null)
        {
            throw new PackagingException("audio.needs_ffmpeg", "Only ffmpeg can read it, and there is none.");
        }
        else
        {
            remarks.Add(ffmpeg is null ? "Loudness was not measured: there is no ffmpeg." : "Loudness was not measured.");
        }

        var bitrate = mp4?.Bitrate ?? (int)Math.Min(int.MaxValue, source.Length * 8 / Math.Max(seconds, 0.001));
        var plan = request.As is { } only
            ? [RenditionPlan.AsItIs(only, mp4 ?? throw new PackagingException("audio.unsupported", "Only an MP4 file can be taken as it is."))]
            : WithPreview(RenditionPlan.Make(source.Container, mp4, bitrate, request.Tiers), request.Tiers);
        if (request.As is not null && !mp4!.IsDeliverable) throw new PackagingException("audio.unsupported", $"{mp4.Codec} is none of AAC, FLAC and Opus.");
        if (ffmpeg is null && plan.Where(each => each.Work != RenditionWork.Take).ToList() is { Count: > 0 } impossible)
        {
            if (impossible.Count == plan.Count) throw new PackagingException("audio.needs_ffmpeg", "It must be encoded, and there is no ffmpeg.");
            remarks.Add($"Without ffmpeg there is no {string.Join(" and no ", impossible.Select(each => QualityNames.Of(each.Quality)))}.");
            plan = [.. plan.Except(impossible)];
        }

        foreach (var missing in request.Tiers.Where(tier => request.As is null && plan.All(each => each.Quality != tier) && !remarks.Exists(remark => remark.Contains(QualityNames.Of(tier), StringComparison.Ordinal))))
            remarks.Add($"No {QualityNames.Of(missing)}: the source is not good enough.");
        return new Job(request, source, mp4, header with { Seconds = seconds }, loudness, ffmpeg, plan, remarks, work, await HashAsync(source, progress, cancellationToken));
    }

    private static IReadOnlyList<PlannedRendition> WithPreview(IReadOnlyList<PlannedRendition> plan, IReadOnlySet<RenditionQuality> tiers) =>
        tiers.Contains(RenditionQuality.Preview) ? [new PlannedRendition(RenditionQuality.Preview, RenditionWork.Encode, "aac", RenditionPlan.PreviewBitrate), .. plan] : plan;

    private async Task<(Rendition Rendition, bool IsNew)> MakeAsync(Job job, PlannedRendition planned, MusicActor actor, IProgress<PackagingProgress>? progress, CancellationToken cancellationToken)
    {
        var request = job.Request;
        var isClear = planned.Quality == RenditionQuality.Preview;
        var settings = string.Join('|', planned.Quality, planned.Work, planned.Codec, planned.Bitrate, isClear ? "clear" : request.Scheme.ToFourCC(), request.ContentId, request.Language, isClear ? request.PreviewStart : null);
        var version = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{job.Hash}|{settings}")))[..12];
        var id = RenditionIds.Of(request.OwnerId, planned.Quality, request.Language);
        var name = $"{request.OwnerId}/{QualityNames.Of(planned.Quality)}-{version}.mp4";
        var path = media.Prepare(name);
        var known = RenditionState.Read(RenditionState.NameFor(path));
        if (known is not null && known.Source == job.Hash && known.Settings == settings && known.Rendition.Id == id && new FileInfo(path) is { Exists: true } file && file.Length == known.Rendition.Bytes)
        {
            // The work was done and perhaps stopped before the catalogue heard of it.
            if ((await catalogue.FindAsync<Rendition>(id, cancellationToken))?.File != name) await catalogue.PutAsync(known.Rendition, null, actor, cancellationToken);
            return (known.Rendition, false);
        }

        var input = await InputForAsync(job, planned, progress, cancellationToken);
        using var key = isClear ? null : await KeyForAsync(request, planned.Quality, actor, cancellationToken);
        var temporary = Path.Combine(job.WorkFolder, Path.GetRandomFileName() + ".mp4");
        var length = new FileInfo(input).Length;
        var (sha256, bytes) = RenditionFile.Write(input, temporary, key, new Bytes(progress, QualityNames.Of(planned.Quality), length), cancellationToken);
        var facts = ReadFacts(input);
        var rendition = new Rendition
        {
            Id = id,
            OwnerId = request.OwnerId,
            Quality = planned.Quality,
            Codec = facts.Codec,
            Language = request.Language,
            Bitrate = facts.Bitrate,
            SampleRate = facts.SampleRate,
            Channels = facts.Channels,
            ContentId = key?.ContentId,
            KeyIds = key is null ? [] : [key.KeyId.ToHex()],
            Scheme = key?.Scheme.ToFourCC(),
            File = name,
            Bytes = bytes,
            Sha256 = sha256,
            DurationMs = (long)Math.Round(facts.Seconds * 1000),
            PrimingSamples = (int)Math.Min(int.MaxValue, facts.Priming),
            PaddingSamples = (int)Math.Clamp(facts.Padding, 0, int.MaxValue),
            Samples = facts.Samples,
            Loudness = job.Loudness.Integrated,
            TruePeak = job.Loudness.TruePeak,
        };
        File.Move(temporary, path, overwrite: true);
        new RenditionState(job.Hash, settings, rendition).Write(RenditionState.NameFor(path), job.WorkFolder);
        await catalogue.PutAsync(rendition, null, actor, cancellationToken);
        return (rendition, true);
    }

    /// <summary>The input itself where it is right, else what ffmpeg makes of it.</summary>
    private static async Task<string> InputForAsync(Job job, PlannedRendition planned, IProgress<PackagingProgress>? progress, CancellationToken cancellationToken)
    {
        if (planned.Work == RenditionWork.Take) return job.Source.Path;
        var output = Path.Combine(job.WorkFolder, QualityNames.Of(planned.Quality) + ".mp4");
        var rate = job.Header.SampleRate;

        // 44.1 kHz and its multiples stay in their family: resampling by a whole number is cleaner and keeps gapless lengths whole.
        var target = rate == 0 ? 0 : rate <= 48_000 ? rate : rate % 44_100 == 0 ? 44_100 : 48_000;
        var words = new List<string> { "-map_metadata", "-1", "-map_chapters", "-1", "-c:a", planned.Codec };
        var before = new List<string>();
        if (planned.Codec == "aac")
        {
            words.AddRange(["-b:a", planned.Bitrate.ToString(CultureInfo.InvariantCulture)]);
            if (target != rate) words.AddRange(["-ar", target.ToString(CultureInfo.InvariantCulture)]);
            if (job.Header.Channels > 2) words.AddRange(["-ac", "2"]);
        }

        if (planned.Quality == RenditionQuality.Preview)
        {
            var total = job.Header.Seconds ?? 0;
            var start = Math.Clamp(job.Request.PreviewStart ?? 30, 0, Math.Max(0, total - PreviewSeconds));
            var length = Math.Min(PreviewSeconds, total - start);
            before.AddRange(["-ss", start.ToString("F3", CultureInfo.InvariantCulture)]);
            words.AddRange(["-t", length.ToString("F3", CultureInfo.InvariantCulture), "-af", string.Create(CultureInfo.InvariantCulture, $"afade=t=in:d=0.5,afade=t=out:st={Math.Max(0, length - 0.5):F3}:d=0.5")]);
        }

        // The movie timescale counts the edit list: with that of the samples it is exact.
        var timescale = planned.Codec == "aac" && target != 0 ? target : rate == 0 ? 48_000 : rate;
        words.AddRange(["-strict", "-2", "-movie_timescale", timescale.ToString(CultureInfo.InvariantCulture), "-f", "mp4", "-y", "file:" + output]);
        await job.FFmpeg!.RunAsync(job.Source, before, words, "error", new Part(progress, QualityNames.Of(planned.Quality), job.Header.Seconds ?? 0), cancellationToken);
        return output;
    }

    /// <summary>A key for each recording and quality: what opens the low rendition opens no other.</summary>
    private async Task<VaultKey> KeyForAsync(PackagingRequest request, RenditionQuality quality, MusicActor actor, CancellationToken cancellationToken)
    {
        var label = QualityNames.Of(quality);
        var track = request.Language is { } language ? $"AUDIO_{language}_{label}" : $"AUDIO_{label}";
        var key = (await keys.GetOrCreateAsync(request.ContentId, [new KeySpec { Track = track, Scheme = request.Scheme, Quality = label }], cancellationToken))[0];
        try
        {
            await audit.AppendAsync(
                new AuditEntry
                {
                    Kind = AuditKind.KeysIssued,
                    Actor = actor.Name,
                    ContentId = request.ContentId,
                    Keys = [new AuditKey(key.KeyId, key.Track, Granted: true)],
                    Details = new Dictionary<string, string> { ["protocol"] = "music ingest" },
                },
                cancellationToken);
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    private void CheckDuration(double? seconds)
    {
        if (seconds > _limits.MaxDuration.TotalSeconds) throw new PackagingException("audio.too_large", $"It is longer than {_limits.MaxDuration}.");
    }

    private static Mp4Audio ReadFacts(string path)
    {
        using var stream = File.OpenRead(path);
        return Mp4Audio.Read(stream);
    }

    private static async Task<string> HashAsync(AudioSource source, IProgress<PackagingProgress>? progress, CancellationToken cancellationToken)
    {
        progress?.Report(new PackagingProgress("read", 0));
        await using var stream = File.OpenRead(source.Path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
    }

    private sealed record Job(
        PackagingRequest Request, AudioSource Source, Mp4Audio? Mp4, SourceHeader Header, Loudness Loudness, FFmpeg? FFmpeg, IReadOnlyList<PlannedRendition> Plan, List<string> Remarks, string WorkFolder, string Hash);

    private sealed class Part(IProgress<PackagingProgress>? progress, string step, double seconds) : IProgress<double>
    {
        public void Report(double value) => progress?.Report(new PackagingProgress(step, seconds > 0 ? Math.Min(1, value / seconds) : 0));
    }

    private sealed class Bytes(IProgress<PackagingProgress>? progress, string step, long length) : IProgress<long>
    {
        public void Report(long value) => progress?.Report(new PackagingProgress(step, Math.Min(1, value / (double)Math.Max(1, length))));
    }
}
