using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DrmHub.Host.Listening;

/// <summary>A cover for what has none: waves whose colours and swing come from the id, so that the same item always looks the same.</summary>
internal static class Artwork
{
    private const int Size = 400;
    private const int Waves = 7;

    public static string Draw(string id)
    {
        // Nothing of the id itself gets into the picture, so it needs no escaping.
        var seed = SHA256.HashData(Encoding.UTF8.GetBytes(id));
        var hue = (seed[0] << 8 | seed[1]) % 360;
        var second = (hue + 40 + (seed[2] % 80)) % 360;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Size} {Size}\" role=\"img\" aria-hidden=\"true\"><rect width=\"{Size}\" height=\"{Size}\" fill=\"hsl({hue} 45% 22%)\"/>");
        for (var wave = 0; wave < Waves; wave++)
        {
            var y = 90 + (wave * 40);
            var swing = 12 + (seed[3 + wave] % 34);
            var shift = seed[12 + wave] % 100;
            svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M-{100 + shift} {y}");
            for (var i = 0; i < 7; i++) svg.Append(CultureInfo.InvariantCulture, $" q 50 {(i % 2 == 0 ? -swing : swing)} 100 0");
            var mixed = hue + ((second - hue) * wave / Waves);
            svg.Append(CultureInfo.InvariantCulture, $" V{Size} H-200 Z\" fill=\"hsl({((mixed % 360) + 360) % 360} 55% {34 + (wave * 5)}%)\" fill-opacity=\"0.72\"/>");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{90 + (seed[20] % 220)}\" cy=\"{50 + (seed[21] % 50)}\" r=\"{20 + (seed[22] % 22)}\" fill=\"hsl({second} 80% 80%)\"/></svg>");
        return svg.ToString();
    }
}
