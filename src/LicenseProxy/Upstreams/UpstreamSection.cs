using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;

namespace DrmHub.LicenseProxy.Upstreams;

/// <summary>
/// Reads the settings of one upstream and collects all that is wrong with them. Every setting that was not asked for is an error too: a
/// misspelt limit must not be a limit that is not there.
/// </summary>
internal sealed class UpstreamSection(IConfigurationSection section, List<string> problems)
{
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    public string Path => section.Path;

    public string? Text(string name)
    {
        _known.Add(name);
        return section[name] is { Length: > 0 } text ? text : null;
    }

    public string Required(string name)
    {
        if (Text(name) is { } text) return text;
        Problem(name, "is missing");
        return "";
    }

    public bool Flag(string name, bool otherwise)
    {
        if (Text(name) is not { } text) return otherwise;
        if (bool.TryParse(text, out var value)) return value;
        Problem(name, "is true or false");
        return otherwise;
    }

    public int Number(string name, int otherwise, int min, int max)
    {
        if (Text(name) is not { } text) return otherwise;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max) return value;
        Problem(name, $"is a whole number from {min} to {max}");
        return otherwise;
    }

    public double Ratio(string name, double otherwise, double min, double max)
    {
        if (Text(name) is not { } text) return otherwise;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max) return value;
        Problem(name, string.Create(CultureInfo.InvariantCulture, $"is a number from {min} to {max}"));
        return otherwise;
    }

    /// <summary>Milliseconds; the setting's name says so (<c>TimeoutMs</c>).</summary>
    public TimeSpan Milliseconds(string name, TimeSpan otherwise, int min = 10) => TimeSpan.FromMilliseconds(Number(name, (int)otherwise.TotalMilliseconds, min, 300_000));

    public T Choice<T>(string name, T? otherwise = null)
        where T : struct, Enum
    {
        if (Text(name) is { } text)
        {
            if (!char.IsAsciiDigit(text[0]) && text[0] != '-' && Enum.TryParse<T>(text.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var value)) return value;
            Problem(name, $"is one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}");
        }
        else if (otherwise is null)
        {
            Problem(name, "is missing");
        }

        return otherwise ?? default;
    }

    /// <summary>An absolute address: https, or http to this machine.</summary>
    public Uri? Address(string name, bool required)
    {
        if ((required ? Required(name) : Text(name)) is not { Length: > 0 } text) return null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0 || uri.Fragment.Length > 0)
        {
            Problem(name, "is an absolute http or https address without user and fragment");
            return null;
        }

        if (uri.Scheme == "http" && !uri.IsLoopback && !Flag("AllowHttp", false))
        {
            Problem(name, "is http to another machine, which shows keys to the network; use https, or set AllowHttp where the network itself is encrypted");
            return null;
        }

        return uri;
    }

    public string? Secret(string name, bool required = true)
    {
        if ((required ? Required(name) : Text(name)) is not { Length: > 0 } reference) return null;
        var secret = UpstreamSecret.Read(reference, out var problem);
        if (problem is not null) Problem(name, problem);
        return secret;
    }

    /// <summary>A secret of bytes, written in hex.</summary>
    public byte[] HexSecret(string name, params int[] sizes) => Decode(name, sizes, "hex", Convert.FromHexString);

    /// <summary>A secret of bytes, written in base64.</summary>
    public byte[] Base64Secret(string name, params int[] sizes) => Decode(name, sizes, "base64", Convert.FromBase64String);

    /// <summary>A private key in PEM.</summary>
    public RSA? RsaSecret(string name)
    {
        if (Secret(name) is not { } pem) return null;
        var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(pem);
            if (rsa.KeySize >= 1024) return rsa;
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            // Said below, without what the parser quotes.
        }

        rsa.Dispose();
        Problem(name, "is no RSA private key in PEM");
        return null;
    }

    /// <summary>Name and value pairs; a value may be a secret.</summary>
    public IReadOnlyDictionary<string, string> Pairs(string name)
    {
        _known.Add(name);
        var pairs = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var child in section.GetSection(name).GetChildren())
        {
            var value = child.Value ?? "";
            if (UpstreamSecret.IsReference(value))
            {
                value = UpstreamSecret.Read(value, out var problem) ?? "";
                if (problem is not null) Problem($"{name}:{child.Key}", problem);
            }

            pairs[child.Key] = value;
        }

        return pairs;
    }

    public IReadOnlyList<string> List(string name)
    {
        _known.Add(name);
        return [.. section.GetSection(name).GetChildren().Select(child => child.Value ?? "")];
    }

    public UpstreamSection Nested(string name)
    {
        _known.Add(name);
        return new UpstreamSection(section.GetSection(name), problems);
    }

    /// <summary>The sections of a list.</summary>
    public IReadOnlyList<UpstreamSection> Children(string name)
    {
        _known.Add(name);
        return [.. section.GetSection(name).GetChildren().Select(child => new UpstreamSection(child, problems))];
    }

    public void Problem(string name, string what) => problems.Add($"{section.Path}:{name} {what}.");

    /// <summary>Call last.</summary>
    public void RefuseUnknown()
    {
        foreach (var child in section.GetChildren())
            if (!_known.Contains(child.Key)) Problem(child.Key, "is no setting here");
    }

    private byte[] Decode(string name, int[] sizes, string form, Func<string, byte[]> decode)
    {
        if (Secret(name) is not { } text) return [];
        try
        {
            var bytes = decode(text);
            if (sizes.Length == 0 || sizes.Contains(bytes.Length)) return bytes;
            Problem(name, $"has {bytes.Length} bytes, not {string.Join(" or ", sizes)}");
        }
        catch (FormatException)
        {
            Problem(name, $"is not {form}");
        }

        return [];
    }
}
