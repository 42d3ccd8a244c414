using DrmHub.Cenc;
using DrmHub.LicenseProxy.Systems.FairPlay.Http;
using DrmHub.LicenseProxy.Systems.FairPlay.Ksm;
using DrmHub.LicenseProxy.Systems.FairPlay.Wire;
using DrmHub.LicenseProxy.Tokens;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.Http;

namespace DrmHub.LicenseProxy.Systems.FairPlay;

/// <summary>One FairPlay licence request: one SPC, or a list of them from one device.</summary>
internal sealed class FairPlayExchange(HttpRequest http, IKeyModule module, FairPlayOptions options) : ILicenseExchange, IDisposable
{
    private IOpenedSpc?[] _opened = [];
    private FairPlayResult[] _results = [];

    public DrmSystem System => DrmSystem.FairPlay;

    /// <summary>Null until the body was read.</summary>
    public FairPlayRequest? Request { get; private set; }

    /// <summary>What became of each item so far.</summary>
    public IReadOnlyList<FairPlayResult> Results => _results;

    /// <summary>The number for what was wrong with the request as a whole, or with its only SPC.</summary>
    public FairPlayStatus Status { get; private set; }

    public async ValueTask<LicenseQuestion> ParseAsync(PlayerToken player, CancellationToken cancellationToken)
    {
        try
        {
            Request = FairPlayReader.Read(http.ContentType, await LicenseHttp.ReadChallengeAsync(http, cancellationToken));
            await OpenAllAsync(Request, cancellationToken);
            return Question(Request);
        }
        catch (FairPlayException exception)
        {
            Status = exception.Status;
            throw Refused(exception);
        }
    }

    public async ValueTask<LicenseAnswer> WriteAsync(LicenseGrant grant, CancellationToken cancellationToken)
    {
        string? upstream = null;
        UpstreamException? failure = null;
        for (var i = 0; i < _opened.Length; i++)
        {
            if (_opened[i] is not { } spc) continue;
            try
            {
                var key = KeyFor(spc.Facts, grant);
                if (key is null)
                {
                    _results[i] = new FairPlayResult(default, StatusOf(grant.Decision.Keys.FirstOrDefault(each => each.KeyId == spc.Facts.Asset.KeyId)?.Reason));
                    continue;
                }

                var answer = await spc.AnswerAsync(grant, key, cancellationToken);
                _results[i] = new FairPlayResult(answer.Ckc, FairPlayStatus.Ok);
                upstream ??= answer.Upstream;
            }
            catch (UpstreamException exception)
            {
                failure ??= exception;
                _results[i] = new FairPlayResult(default, StatusOf(exception.Reason));
            }
        }

        // A licence with half of what the log says was granted would make the log wrong: all of the granted keys, or none.
        if (failure is not null) throw failure;
        return FairPlayWriter.Write(Request!, _results) with { Upstream = upstream, Details = Details() };
    }

    /// <summary>The nearest of Apple's numbers to one of our reasons: the device is too weak, or it may not have this.</summary>
    public static FairPlayStatus StatusOf(string? reason) => reason switch
    {
        ReasonCodes.DeviceLevel or ReasonCodes.DeviceOutput => FairPlayStatus.SecurityLevel,
        ReasonCodes.Internal or ReasonCodes.AuditUnavailable or ReasonCodes.UpstreamRefused or ReasonCodes.UpstreamTimeout or ReasonCodes.UpstreamUnavailable => FairPlayStatus.Internal,
        _ => FairPlayStatus.Parameter,
    };

    public void Dispose()
    {
        foreach (var spc in _opened) spc?.Dispose();
    }

    private async Task OpenAllAsync(FairPlayRequest request, CancellationToken cancellationToken)
    {
        _opened = new IOpenedSpc?[request.Items.Count];
        _results = new FairPlayResult[request.Items.Count];
        FairPlayException? first = null;
        for (var i = 0; i < _opened.Length; i++)
        {
            try
            {
                _opened[i] = await module.OpenAsync(request.Items[i].Spc, request.Items[i].AssetUri, cancellationToken);
            }
            catch (FairPlayException exception)
            {
                first ??= exception;
                _results[i] = new FairPlayResult(default, exception.Status);
            }
        }

        if (Array.TrueForAll(_opened, spc => spc is null)) throw first!;
    }

    private LicenseQuestion Question(FairPlayRequest request)
    {
        var all = _opened.OfType<IOpenedSpc>().Select(spc => spc.Facts).ToList();
        var first = all[0];
        if (all.Exists(facts => facts.DeviceId != first.DeviceId)) throw new FairPlayException(FairPlayStatus.Parameter, "The SPCs of one request come from one device.");
        var keyIds = all.Select(facts => facts.Asset.KeyId).OfType<KeyId>().Distinct().ToList();
        var titles = all.Where(facts => facts.Asset.KeyId is null).Select(facts => facts.Asset.ContentId).Distinct().ToList();
        if (titles.Count > 1 || (titles.Count == 1 && keyIds.Count > 0)) throw new FairPlayException(FairPlayStatus.Parameter, "The SPCs of one request name key ids, or all the same title.");
        return new LicenseQuestion
        {
            System = DrmSystem.FairPlay,
            KeyIds = keyIds,
            ContentId = titles.Count == 1 ? titles[0] : first.Asset.ContentId,
            Level = all.Min(facts => facts.Device.LevelFor(options.MinimumDenyList)),
            Use = request.Offline || http.Query["offline"] == "true" ? ContentUse.Download : ContentUse.Stream,
            Kind = all.TrueForAll(facts => facts.Playback is { IsRenewal: true }) ? LicenseKind.Renewal : LicenseKind.New,
            SessionId = first.Playback is { } playback ? FormattableString.Invariant($"fps-{playback.Session:x16}") : null,
            Device = DeviceOf(first),
        };
    }

    private static DeviceFacts DeviceOf(SpcFacts facts) => new()
    {
        Id = facts.DeviceId,
        Platform = facts.Device.Platform,
        Model = facts.Device.DeviceClass,
        LevelText = facts.Device.ReportedLevel switch
        {
            CkcTags.LevelMain => "Main",
            CkcTags.LevelBaseline => "Baseline",
            CkcTags.LevelAudio => "Audio",
            null => "no report",
            _ => "unknown",
        },
    };

    /// <summary>The granted key that the SPC asks for; null where it was withheld.</summary>
    private static VaultKey? KeyFor(SpcFacts facts, LicenseGrant grant)
    {
        if (facts.Asset.KeyId is { } keyId) return grant.Keys.FirstOrDefault(key => key.KeyId == keyId);

        // A CKC carries one key. Which of several is meant, a title's name does not say.
        if (grant.Decision.Keys.Count == 1) return grant.Keys[0];
        throw new UpstreamException(ReasonCodes.KeyUnknown, "The asset id names a title that has several keys: let it name the key id.");
    }

    private Dictionary<string, string> Details()
    {
        var facts = _opened.OfType<IOpenedSpc>().First().Facts;
        var details = new Dictionary<string, string> { ["spc_version"] = FormattableString.Invariant($"{facts.Version}") };
        if (facts.Device.OsVersion is { } os) details["os"] = os;
        if (facts.Device.Output is { } output) details["output"] = output;
        if (facts.Device.IsVirtual) details["virtual_machine"] = "true";
        return details;
    }

    private static ChallengeException Refused(FairPlayException exception) => new(
        exception.Status switch
        {
            FairPlayStatus.SpcVersion or FairPlayStatus.Version or FairPlayStatus.NotImplemented => ReasonCodes.ChallengeUnsupported,
            FairPlayStatus.SecurityLevel => ReasonCodes.DeviceLevel, // What a module outside says of the device; ours leaves that to the decision.
            _ => ReasonCodes.ChallengeMalformed,
        },
        FormattableString.Invariant($"{exception.Message} ({(int)exception.Status})"));
}
