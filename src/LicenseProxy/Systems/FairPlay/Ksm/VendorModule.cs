using System.Buffers.Binary;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Systems.FairPlay.Wire;
using DrmHub.LicenseProxy.Upstreams;
using DrmHub.LicenseProxy.Upstreams.Vendors;
using DrmHub.Vault.Keys;

namespace DrmHub.LicenseProxy.Systems.FairPlay.Ksm;

/// <summary>
/// A vendor's service: it has the certificate, opens the SPC itself, and is told in its own token what was granted. Nobody here can read the SPC, so the
/// asset is what the request says beside it. A device counts as <c>Hardware</c> where every vendor keeps the minimum levels that its token names, and as
/// <c>Software</c> otherwise.
/// </summary>
internal sealed class VendorModule(UpstreamPool pool, TimeProvider time) : IKeyModule
{
    public ValueTask<IOpenedSpc> OpenAsync(ReadOnlyMemory<byte> spc, string? assetUri, CancellationToken cancellationToken)
    {
        if (spc.Length is < 4 or > SpcContainer.MaxSize) throw new FairPlayException(FairPlayStatus.Parse, $"The SPC has not 4 to {SpcContainer.MaxSize} bytes.");
        var version = BinaryPrimitives.ReadUInt32BigEndian(spc.Span);
        if (version is < 1 or > 3) throw new FairPlayException(FairPlayStatus.SpcVersion, "The SPC's version is none of 1, 2 and 3.");
        if (assetUri is null) throw new FairPlayException(FairPlayStatus.Parameter, "The request says no asset (assetId or uri), and the SPC cannot be read here.");
        var kept = pool.Options.Where(IsVendor).All(upstream => VendorWire.KeepsLevels(upstream.Kind));
        return ValueTask.FromResult<IOpenedSpc>(new Opened(this, spc, new SpcFacts
        {
            Version = (int)version,
            Asset = AssetId.Parse(assetUri),
            Device = kept ? new DeviceReport { ReportedLevel = CkcTags.LevelMain } : DeviceReport.Nothing,
        }));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public static bool IsVendor(UpstreamOptions upstream) => VendorWire.IsVendor(upstream.Kind);

    private async ValueTask<CkcAnswer> ForwardAsync(ReadOnlyMemory<byte> spc, LicenseGrant grant, CancellationToken cancellationToken)
    {
        var reply = await pool.AskAsync(
            new UpstreamCall<VendorLicense>
            {
                ReadsErrors = true,
                Accepts = IsVendor,
                Write = upstream => VendorWire.Write(upstream, DrmSystem.FairPlay, spc, grant, time),
                Read = VendorWire.Read,
            },
            cancellationToken);
        return new CkcAnswer(reply.Answer.Body.ToArray(), reply.Upstream.Name);
    }

    private sealed class Opened(VendorModule module, ReadOnlyMemory<byte> spc, SpcFacts facts) : IOpenedSpc
    {
        public SpcFacts Facts => facts;

        public ValueTask<CkcAnswer> AnswerAsync(LicenseGrant grant, VaultKey key, CancellationToken cancellationToken) => module.ForwardAsync(spc, grant, cancellationToken);

        public void Dispose()
        {
        }
    }
}
