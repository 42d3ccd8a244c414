using System.Buffers;
using System.Text;
using System.Text.Json;
using DrmHub.LicenseProxy.Systems.FairPlay.Wire;

namespace DrmHub.LicenseProxy.Systems.FairPlay.Http;

/// <summary>What became of one item: a CKC, or a status that says why there is none.</summary>
internal readonly record struct FairPlayResult(ReadOnlyMemory<byte> Ckc, FairPlayStatus Status);

/// <summary>Writes answers in the form of their requests.</summary>
internal static class FairPlayWriter
{
    /// <param name="results">One for each item, in order; outside the JSON lists, one with a CKC.</param>
    public static LicenseAnswer Write(FairPlayRequest request, IReadOnlyList<FairPlayResult> results) => request.Form switch
    {
        FairPlayForm.UrlEncoded => Text($"<ckc>{Convert.ToBase64String(results[0].Ckc.Span)}</ckc>"),
        FairPlayForm.Base64 => Text(Convert.ToBase64String(results[0].Ckc.Span)),
        FairPlayForm.Raw => new LicenseAnswer(results[0].Ckc, "application/octet-stream"),
        FairPlayForm.Json => Json(json => json.WriteBase64String("ckc", results[0].Ckc.Span)),
        _ => new LicenseAnswer(WriteList(request, results, null), "application/json"),
    };

    /// <summary>A refusal for a player that reads a status for each key.</summary>
    /// <param name="refusal">Stands beside the list, for people and for other programs.</param>
    public static byte[] WriteList(FairPlayRequest request, IReadOnlyList<FairPlayResult> results, Refusal? refusal)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("fairplay-streaming-response");
            json.WriteStartArray(request.Form == FairPlayForm.CreateCkc ? "create-ckc" : "streaming-keys");
            for (var i = 0; i < request.Items.Count; i++)
            {
                json.WriteStartObject();
                json.WritePropertyName("id");
                json.WriteRawValue(request.Items[i].Id ?? "null");
                json.WriteNumber("status", (int)results[i].Status);
                if (results[i].Status == FairPlayStatus.Ok) json.WriteBase64String("ckc", results[i].Ckc.Span);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
            if (refusal is not null)
            {
                json.WriteString("code", refusal.Reason);
                json.WriteString("detail", refusal.Detail);
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static LicenseAnswer Text(string text) => new(Encoding.ASCII.GetBytes(text), "text/plain");

    private static LicenseAnswer Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return new LicenseAnswer(buffer.WrittenSpan.ToArray(), "application/json");
    }
}
