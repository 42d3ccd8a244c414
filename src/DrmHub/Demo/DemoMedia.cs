using DrmHub.Cenc;
using DrmHub.Cenc.Encryption;
using DrmHub.Cenc.Pssh;
using DrmHub.Vault.Keys;

namespace DrmHub.Host.Demo;

/// <summary>One track of the demo title, as the page needs it.</summary>
/// <param name="KeyId">32 hex digits.</param>
/// <param name="MimeType">With codecs, for Media Source Extensions.</param>
/// <param name="Width">0 for sound.</param>
internal sealed record DemoTrack(string Track, string KeyId, string MimeType, string Url, int Width, int Height);

/// <summary>The sample clips, encrypted once with the demo title's keys when they are first asked for.</summary>
internal sealed class DemoMedia(KeyStore keys)
{
    private static readonly (TrackType Track, string Sample, string MimeType, int Width, int Height)[] Samples =
    [
        (TrackType.Audio, "demo-audio.mp4", "audio/mp4; codecs=\"mp4a.40.2\"", 0, 0),
        (TrackType.SD, "demo-sd.mp4", "video/mp4; codecs=\"avc1.64001e\"", 640, 360),
        (TrackType.HD, "demo-hd.mp4", "video/mp4; codecs=\"avc1.64001f\"", 1280, 720),
    ];

    private readonly Lock _gate = new();
    private Task<Dictionary<string, byte[]>>? _encrypted;

    public async Task<IReadOnlyList<DemoTrack>> DescribeAsync(CancellationToken cancellationToken)
    {
        var infos = await keys.FindInfoByContentAsync(DemoData.Title, cancellationToken);
        return
        [
            .. from sample in Samples
               join info in infos on sample.Track.ToName() equals info.Track
               select new DemoTrack(info.Track, info.KeyId.ToHex(), sample.MimeType, $"/play/media/{info.Track}.mp4", sample.Width, sample.Height),
        ];
    }

    /// <returns>The encrypted file of a track type's name, or null where the demo title has no such track.</returns>
    public async Task<byte[]?> FindAsync(string track, CancellationToken cancellationToken)
    {
        Task<Dictionary<string, byte[]>> encrypted;
        lock (_gate)
        {
            // The work is everybody's, so one caller that goes away does not end it; what failed is tried again.
            if (_encrypted is null or { IsFaulted: true }) _encrypted = EncryptAsync(CancellationToken.None);
            encrypted = _encrypted;
        }

        return (await encrypted.WaitAsync(cancellationToken)).GetValueOrDefault(track);
    }

    private async Task<Dictionary<string, byte[]>> EncryptAsync(CancellationToken cancellationToken)
    {
        var titleKeys = await keys.FindByContentAsync(DemoData.Title, cancellationToken);
        try
        {
            var pssh = PsshBox.ForCommon([.. titleKeys.Select(key => key.KeyId)]).ToByteArray();
            return titleKeys
                .Where(key => Samples.Any(sample => sample.Track.ToName() == key.Track))
                .ToDictionary(key => key.Track, key => Encrypt(Samples.First(sample => sample.Track.ToName() == key.Track).Sample, key, pssh));
        }
        finally
        {
            foreach (var key in titleKeys) key.Dispose();
        }
    }

    private static byte[] Encrypt(string sample, VaultKey key, byte[] pssh)
    {
        using var input = typeof(DemoMedia).Assembly.GetManifestResourceStream(sample) ?? throw new InvalidOperationException($"The sample {sample} is not in the program.");
        using var output = new MemoryStream();
        using var encryptor = new FileEncryptor(new EncryptionOptions
        {
            Scheme = key.Scheme,
            Keys = (_, _) => new TrackKey(key.KeyId, key.Key),
            PsshBoxes = [pssh],
        });
        encryptor.Encrypt(input, output);
        return output.ToArray();
    }
}
