using System.Buffers.Text;
using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;

namespace DrmHub.Host.Commands;

/// <summary>The pssh boxes that <c>--pssh</c> asks for.</summary>
internal sealed class PsshChoice(IReadOnlyList<string> choices, ProtectionScheme scheme)
{
    public static bool IsValid(string choice) =>
        choice is "common" or "widevine" or "playready" or "none" || (Base64.IsValid(choice) && PsshBox.TryParse(Convert.FromBase64String(choice), out _));

    public IReadOnlyList<ReadOnlyMemory<byte>> Boxes(IReadOnlyList<LabeledKey> keys, int? period = null)
    {
        KeyId[] keyIds = [.. keys.Select(key => key.KeyId).Distinct()];
        var boxes = new List<ReadOnlyMemory<byte>>();
        foreach (var choice in choices)
        {
            switch (choice)
            {
                case "none":
                    break;
                case "common":
                    boxes.Add(PsshBox.ForCommon(keyIds).ToByteArray());
                    break;
                case "widevine":
                    boxes.Add(PsshBox.ForWidevine(new WidevinePsshData { KeyIds = keyIds, Scheme = scheme, CryptoPeriodIndex = (uint?)period }).ToByteArray());
                    break;
                case "playready":
                    var named = keys.DistinctBy(key => key.KeyId).Select(key => WrmKey.ForScheme(key.KeyId, scheme, key.Key));
                    boxes.Add(PlayReadyObject.Create(WrmHeader.Create([.. named])).ToPsshBox().ToByteArray());
                    break;
                default:
                    boxes.Add(Convert.FromBase64String(choice));
                    break;
            }
        }

        return boxes;
    }
}
