using System.Globalization;
using DrmHub.Vault.Audit.Merkle;
using DrmHub.Vault.Audit.Notes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Tests.Audit;

/// <summary>A witness after C2SP tlog-witness: one log, statuses 200, 400, 403, 404, 409, 422.</summary>
internal sealed class WitnessSimulator : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly NoteKey _log;
    private readonly NoteSigner _signer;
    private readonly Lock _lock = new();

    private WitnessSimulator(WebApplication app, NoteKey log, NoteSigner signer)
    {
        _app = app;
        _log = log;
        _signer = signer;
    }

    public Uri Url => new(_app.Urls.First());

    public string Key => _signer.Public.ToString();

    public NoteKey NoteKey => _signer.Public;

    /// <summary>The head that was cosigned last.</summary>
    public Checkpoint? Last { get; set; }

    public List<int> Answers { get; } = [];

    /// <summary>Answers 503 while it is set.</summary>
    public bool IsAway { get; set; }

    public static async Task<WitnessSimulator> StartAsync(NoteKey log, byte seed)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var simulator = new WitnessSimulator(app, log, new NoteSigner("witness.example/w" + seed, Enumerable.Repeat(seed, 32).ToArray(), NoteKeyType.Cosignature));
        app.MapPost("/add-checkpoint", simulator.AddAsync);
        await app.StartAsync();
        return simulator;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _signer.Dispose();
    }

    private async Task AddAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        var (status, text) = IsAway ? (503, "") : Decide(body);
        lock (_lock) Answers.Add(status);
        context.Response.StatusCode = status;
        if (status == 409) context.Response.ContentType = "text/x.tlog.size";
        await context.Response.WriteAsync(text);
    }

    private (int Status, string Body) Decide(string body)
    {
        var split = body.IndexOf("\n\n", StringComparison.Ordinal);
        if (split < 0 || !body.StartsWith("old ", StringComparison.Ordinal)) return (400, "");
        var lines = body[..split].Split('\n');
        if (!long.TryParse(lines[0].AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out var old)) return (400, "");
        var proof = lines[1..].Select(Convert.FromBase64String).ToList();
        if (!SignedNote.TryParse(System.Text.Encoding.UTF8.GetBytes(body[(split + 2)..]), out var note) || !Checkpoint.TryParse(note.Text, out var head)) return (400, "");
        if (head.Origin != _log.Name) return (404, "");
        if (!note.IsSignedBy(_log)) return (403, "");
        if (old > head.Size) return (400, "");
        lock (_lock)
        {
            if (old != (Last?.Size ?? 0)) return (409, (Last?.Size ?? 0) + "\n");
            var fits = old == 0 ? proof.Count == 0 : MerkleProof.VerifyConsistency(old, head.Size, Last!.Root, head.Root, proof);
            if (!fits) return (422, "");
            Last = head;
        }

        return (200, _signer.Cosign(note.Text, 1763769700).ToString());
    }
}
