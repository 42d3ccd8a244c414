using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using DrmHub.Cenc;

namespace DrmHub.Vault.Tests.Keys;

/// <summary>Looks for keys in bytes: as they are, in GUID order, and as hex, base64 and base64url, in UTF-8 and UTF-16.</summary>
internal sealed class KeyScanner
{
    private readonly Dictionary<ulong, List<(byte[] Form, string Name)>> _forms = [];

    /// <summary>By the first three bytes: nearly all of memory is turned away here.</summary>
    private readonly bool[] _starts = new bool[1 << 24];

    public KeyScanner(IEnumerable<(string Name, byte[] Key)> keys)
    {
        foreach (var (name, key) in keys)
        {
            var swapped = new KeyId(key).ToPlayReadyBytes();
            foreach (var (order, bytes) in ((string, byte[])[])[("", key), (" in GUID order", swapped)])
            {
                Add(bytes, $"{name}{order}, raw");
                foreach (var (form, text) in ((string, string)[])
                    [
                        ("hex", Convert.ToHexStringLower(bytes)), ("HEX", Convert.ToHexString(bytes)), ("GUID", new KeyId(bytes).ToString()),
                        ("base64", Convert.ToBase64String(bytes)), ("base64url", Base64Url.EncodeToString(bytes)),
                    ])
                {
                    Add(Encoding.UTF8.GetBytes(text), $"{name}{order}, {form}");
                    Add(Encoding.Unicode.GetBytes(text), $"{name}{order}, {form} in UTF-16");
                }
            }
        }
    }

    /// <summary>The names of all that was found.</summary>
    public IEnumerable<string> Find(ReadOnlyMemory<byte> memory)
    {
        var found = new HashSet<string>();
        var bytes = memory.Span;
        for (var i = 0; i + 8 <= bytes.Length; i++)
        {
            var start = BinaryPrimitives.ReadUInt64LittleEndian(bytes[i..]);
            if (!_starts[start & 0xFFFFFF] || !_forms.TryGetValue(start, out var candidates)) continue;
            foreach (var (form, name) in candidates)
            {
                if (bytes[i..].StartsWith(form)) found.Add(name);
            }
        }

        return found;
    }

    private void Add(byte[] form, string name)
    {
        var start = BinaryPrimitives.ReadUInt64LittleEndian(form);
        _starts[start & 0xFFFFFF] = true;
        if (!_forms.TryGetValue(start, out var list)) _forms[start] = list = [];
        list.Add((form, name));
    }
}
