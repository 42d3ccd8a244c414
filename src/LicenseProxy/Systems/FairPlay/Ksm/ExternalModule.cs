using System.Buffers.Binary;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Systems.FairPlay.Wire;
using DrmHub.LicenseProxy.Upstreams;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Systems.FairPlay.Ksm;

/// <summary>
/// Key security modules outside, such as a server on Apple's newest software: one question reads the SPC, so that the gate can decide; a second one,
/// with the granted key and its terms, writes the CKC.
/// </summary>
/// <param name="clientInfo">
/// False for services that know <c>create-ckc</c> alone: the asset is then what the request says beside the SPC, and every device counts as
/// the lowest level.
/// </param>
internal sealed class ExternalModule(UpstreamPool pool, bool clientInfo) : IKeyModule
{
    private const string Json = "application/json";

    public async ValueTask<IOpenedSpc> OpenAsync(ReadOnlyMemory<byte> spc, string? assetUri, CancellationToken cancellationToken)
    {
        if (spc.Length is < 4 or > SpcContainer.MaxSize) throw new FairPlayException(FairPlayStatus.Parse, $"The SPC has not 4 to {SpcContainer.MaxSize} bytes.");
        var version = BinaryPrimitives.ReadUInt32BigEndian(spc.Span);
        if (version is < 1 or > 3) throw new FairPlayException(FairPlayStatus.SpcVersion, "The SPC's version is none of 1, 2 and 3.");
        var named = assetUri is null ? null : AssetId.Parse(assetUri);
        if (!clientInfo) return new Opened(this, spc, new SpcFacts { Version = (int)version, Asset = named ?? throw Unnamed() }, null);

        var read = await AskAsync(KsmMessages.WriteClientInfo(spc.Span), null, cancellationToken);
        var answer = read.Answer;
        if (answer.Status != FairPlayStatus.Ok) throw new FairPlayException(answer.Status, "The key security module refused the SPC.");
        var asset = answer.AssetId is { } text ? AssetId.Parse(text) : named ?? throw Unnamed();
        if (named is not null && !asset.IsConsistentWith(named)) throw new FairPlayException(FairPlayStatus.Parameter, "The request names another asset than the SPC.");
        return new Opened(this, spc, new SpcFacts { Version = (int)version, Asset = asset, DeviceId = answer.DeviceId, Device = answer.Device, Playback = answer.Playback }, read.Attempts > 1 ? read.Upstream.Name : null);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static FairPlayException Unnamed() => new(FairPlayStatus.Parameter, "The request says no asset (assetId or uri), and the SPC cannot be read here.");

    private async ValueTask<UpstreamReply<KsmAnswer>> AskAsync(byte[] body, string? first, CancellationToken cancellationToken) => await pool.AskAsync(
        new UpstreamCall<KsmAnswer>
        {
            Accepts = upstream => upstream.Kind == UpstreamKind.Ksm,
            First = first,
            Write = upstream => new HttpRequestMessage(HttpMethod.Post, upstream.Url) { Content = new UpstreamContent(body, Json) },
            Read = (_, response) => Judge(KsmMessages.Read(response.Body)),
        },
        cancellationToken);

    private static UpstreamVerdict<KsmAnswer> Judge(KsmAnswer? answer)
    {
        if (answer is null) return UpstreamVerdict.Failed<KsmAnswer>(UpstreamFailure.AnswerUnreadable);
        return answer.Status == FairPlayStatus.Ok || answer.BlamesTheSpc
            ? UpstreamVerdict.Granted(answer)
            : UpstreamVerdict.Failed<KsmAnswer>(UpstreamFailure.ServerError, FormattableString.Invariant($"{(int)answer.Status}"));
    }

    /// <param name="reader">Who read the SPC where others failed to; null for nobody in particular.</param>
    private sealed class Opened(ExternalModule module, ReadOnlyMemory<byte> spc, SpcFacts facts, string? reader) : KeyedSpc(facts)
    {
        public override async ValueTask<CkcAnswer> AnswerAsync(ContentKey key, ReadOnlyMemory<byte> iv, CkcTerms terms, CancellationToken cancellationToken)
        {
            var reply = await module.AskAsync(KsmMessages.WriteCreateCkc(spc.Span, key, iv, terms), reader, cancellationToken);
            var answer = reply.Answer;
            if (answer.Status != FairPlayStatus.Ok || answer.Ckc is not { Length: > 0 } ckc)
                throw Refused(answer.Status == FairPlayStatus.SecurityLevel ? ReasonCodes.DeviceLevel : ReasonCodes.UpstreamRefused, "The key security module refused this device or SPC.", reply);

            // The key that went out was the one of the asset that was decided on: a service that read another one in the SPC must not pair them.
            if (answer.AssetId is { } text && !Facts.Asset.IsConsistentWith(AssetId.Parse(text)))
                throw Refused(ReasonCodes.UpstreamRefused, "The SPC names another asset than the request.", reply);
            return new CkcAnswer(ckc, reply.Upstream.Name);
        }

        public override void Dispose()
        {
        }

        private static UpstreamException Refused(string reason, string message, UpstreamReply<KsmAnswer> reply) => new(reason, message)
        {
            Upstream = reply.Upstream.Name,
            Details = new Dictionary<string, string> { ["ksm_status"] = FormattableString.Invariant($"{(int)reply.Answer.Status}") },
        };
    }
}
