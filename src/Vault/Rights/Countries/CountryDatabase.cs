using System.Net;
using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Rights;

/// <summary>A file in MaxMind DB format that says where addresses are. A new file under its name takes its place within seconds.</summary>
public sealed class CountryDatabase : IDisposable
{
    private const long MaxFile = 1L << 30;

    private static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(10);

    private readonly string _path;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private volatile MaxMindReader _reader;
    private DateTime _written;

    private CountryDatabase(string path, MaxMindReader reader, DateTime written, TimeProvider time, ILogger log)
    {
        _path = path;
        _reader = reader;
        _written = written;
        _log = log;
        _timer = time.CreateTimer(_ => LoadAgain(), null, CheckEvery, CheckEvery);
    }

    /// <summary>When the file says that it was built.</summary>
    public DateTimeOffset? BuiltAt => _reader.BuiltAt;

    /// <summary>What the file calls itself: <c>GeoLite2-Country</c>.</summary>
    public string Type => _reader.Type;

    /// <exception cref="FormatException">It is no such file, or it has more than 1 GiB.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static CountryDatabase Open(string path, TimeProvider time, ILogger<CountryDatabase> logger)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(time);
        var (reader, written) = Load(path);
        return new CountryDatabase(path, reader, written, time, logger);
    }

    /// <returns>ISO 3166-1 alpha-2, upper case; null where the file does not say.</returns>
    public string? Find(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return _reader.FindCountry(address);
    }

    public void Dispose() => _timer.Dispose();

    private static (MaxMindReader Reader, DateTime Written) Load(string path)
    {
        var written = File.GetLastWriteTimeUtc(path); // Before reading: what is written meanwhile is read again.
        if (new FileInfo(path).Length > MaxFile) throw new FormatException("The country database has more than 1 GiB.");
        return (new MaxMindReader(File.ReadAllBytes(path)), written);
    }

    /// <summary>A file that cannot be read does not take the place of one that could.</summary>
    private void LoadAgain()
    {
        try
        {
            if (File.GetLastWriteTimeUtc(_path) == _written) return;
            (_reader, _written) = Load(_path);
        }
        catch (Exception exception) when (exception is IOException or FormatException or UnauthorizedAccessException)
        {
            Log.CountryDatabaseKept(_log, exception.Message);
        }
    }
}
