using System.Globalization;
using System.Net;
using System.Text;
using DrmHub.Vault.Audit.Notes;
using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Audit;

/// <summary>Asks one witness to cosign heads (C2SP tlog-witness, add-checkpoint), and remembers the size that it cosigned last.</summary>
internal sealed class WitnessClient(HttpClient http, Uri prefix, NoteKey key, AuditHealth health, ILogger logger)
{
    private const int MaxTries = 3;
    private const int MaxAnswer = 64 * 1024;

    private long _known;

    public NoteKey Key => key;

    /// <summary>The witness's line under this head; null where it did not give one that verifies.</summary>
    public async Task<NoteSignature?> CosignAsync(SignedNote note, long size, Func<long, long, Task<IReadOnlyList<byte[]>>> consistency, CancellationToken cancellationToken)
    {
        try
        {
            for (var attempt = 0; attempt < MaxTries; attempt++)
            {
                var proof = _known == 0 ? [] : await consistency(_known, size).ConfigureAwait(false);
                using var answer = await SendAsync(Body(note, proof), cancellationToken).ConfigureAwait(false);
                var text = await ReadAsync(answer, cancellationToken).ConfigureAwait(false);
                if (answer.StatusCode == HttpStatusCode.OK) return Accept(note, size, text);
                if (answer.StatusCode != HttpStatusCode.Conflict || !Disagrees(text, size)) return Refused((int)answer.StatusCode);
                if (health.Stopped is not null) return null;
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException or IOException && !cancellationToken.IsCancellationRequested)
        {
            Log.WitnessAway(logger, key.Name, exception);
        }

        return null;
    }

    private string Body(SignedNote note, IReadOnlyList<byte[]> proof)
    {
        var body = new StringBuilder().Append(CultureInfo.InvariantCulture, $"old {_known}\n");
        foreach (var hash in proof) body.Append(Convert.ToBase64String(hash)).Append('\n');
        return body.Append('\n').Append(note).ToString();
    }

    private async Task<HttpResponseMessage> SendAsync(string body, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(body));
        return await http.PostAsync(new Uri(prefix.AbsoluteUri.TrimEnd('/') + "/add-checkpoint"), content, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<string> ReadAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        await answer.Content.LoadIntoBufferAsync(MaxAnswer, cancellationToken).ConfigureAwait(false);
        return await answer.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
    }

    private NoteSignature? Accept(SignedNote note, long size, string text)
    {
        if (!SignedNote.TryParseSignatures(text, out var lines) || lines.Find(line => line.IsBy(key)) is not { } line || !Cosignature.Verify(key, note.Text, line.Signature))
            return Refused((int)HttpStatusCode.OK);
        _known = size;
        return line;
    }

    /// <summary>True when the witness names another size to start from, which is then taken; one above ours means that this log lost entries.</summary>
    private bool Disagrees(string text, long size)
    {
        if (!long.TryParse(text.AsSpan().TrimEnd('\n'), NumberStyles.None, CultureInfo.InvariantCulture, out var witnessed) || witnessed == _known) return false;
        if (witnessed > size)
            health.Stop($"The witness {key.Name} has cosigned {witnessed} entries, but the audit log has {size}: the database is older than its log.");
        _known = witnessed;
        return true;
    }

    private NoteSignature? Refused(int status)
    {
        Log.WitnessRefused(logger, key.Name, status);
        return null;
    }
}
