using System.Security.Cryptography;

namespace DrmHub.KeyService.Tests.Packagers;

/// <summary>Changes a text in random places many times over: whatever comes out, the code under test must not throw.</summary>
internal static class Noise
{
    private const string Letters = "=,;\"\\/ %:\t\0\u00e9aA0-_+*.&?";

    public static void Run(string seed, Action<string> test)
    {
        for (var round = 0; round < 20_000; round++)
        {
            var text = seed.ToCharArray().ToList();
            for (var change = RandomNumberGenerator.GetInt32(1, 6); change > 0; change--)
            {
                var at = RandomNumberGenerator.GetInt32(0, text.Count + 1);
                switch (RandomNumberGenerator.GetInt32(0, 4))
                {
                    case 0 when at < text.Count: text.RemoveAt(at); break;
                    case 1 when at < text.Count: text.RemoveRange(at, RandomNumberGenerator.GetInt32(0, text.Count - at + 1)); break;
                    case 2 when at < text.Count: text[at] = Letters[RandomNumberGenerator.GetInt32(0, Letters.Length)]; break;
                    default: text.Insert(at, Letters[RandomNumberGenerator.GetInt32(0, Letters.Length)]); break;
                }
            }

            test(new string([.. text]));
        }
    }
}
