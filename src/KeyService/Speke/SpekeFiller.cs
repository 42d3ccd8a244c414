using DrmHub.Cenc;
using DrmHub.KeyService.Cpix;
using DrmHub.KeyService.Cpix.Xml;

namespace DrmHub.KeyService.Speke;

/// <summary>
/// Makes the answer out of the request's own document: what came in comes back filled, what nobody knows comes back as it was, and
/// periods and usage rules come back unchanged but for key ids that were overridden.
/// </summary>
public static class SpekeFiller
{
    private const string SpekeNamespace = "urn:aws:amazon:com:speke";

    /// <summary>Fills a v2 contract.</summary>
    /// <param name="contract">The contract; its document becomes the answer.</param>
    /// <param name="answers">An answer for each key, by the id in the request.</param>
    /// <param name="encryption">How keys are encrypted, where the contract wants that.</param>
    /// <returns>The body of the answer: <c>application/xml</c>, UTF-8.</returns>
    /// <exception cref="SpekeException">The recipient's certificate is refused.</exception>
    public static byte[] FillV2(SpekeContract contract, IReadOnlyDictionary<KeyId, SpekeKeyAnswer> answers, CpixEncryptionOptions? encryption = null)
    {
        using var output = WriteV2(contract, answers, encryption);
        return output.Written.ToArray();
    }

    /// <summary>Fills a v1 request.</summary>
    /// <inheritdoc cref="FillV2"/>
    public static byte[] FillV1(SpekeContract contract, IReadOnlyDictionary<KeyId, SpekeKeyAnswer> answers, CpixEncryptionOptions? encryption = null)
    {
        using var output = WriteV1(contract, answers, encryption);
        return output.Written.ToArray();
    }

    /// <summary>As <see cref="FillV2"/>, in the buffer that it was written to; the caller disposes it.</summary>
    internal static XmlOutput WriteV2(SpekeContract contract, IReadOnlyDictionary<KeyId, SpekeKeyAnswer> answers, CpixEncryptionOptions? encryption = null)
    {
        ArgumentNullException.ThrowIfNull(contract);
        ArgumentNullException.ThrowIfNull(answers);
        // CPIX@id is ignored in v2 and must not come back; a declared speke namespace makes a packager refuse the answer.
        contract.Document.Id = null;
        foreach (var request in contract.Keys)
        {
            var answer = Fill(request, answers);
            if (request.Key.HasHdcpData)
            {
                if (answer.HlsHdcpLevel is not null) request.Key.HlsHdcpLevel = answer.HlsHdcpLevel;
                request.Key.HdcpOutputProtectionData = answer.HdcpOutputProtectionData;
            }

            foreach (var system in request.Systems) FillSystemV2(system, SignalsOf(answer, system));
        }

        contract.Document.RemoveUnusedNamespace(SpekeNamespace);
        return Finish(contract, answers, encryption);
    }

    /// <summary>As <see cref="FillV1"/>, in the buffer that it was written to; the caller disposes it.</summary>
    internal static XmlOutput WriteV1(SpekeContract contract, IReadOnlyDictionary<KeyId, SpekeKeyAnswer> answers, CpixEncryptionOptions? encryption = null)
    {
        ArgumentNullException.ThrowIfNull(contract);
        ArgumentNullException.ThrowIfNull(answers);
        foreach (var request in contract.Keys)
        {
            var answer = Fill(request, answers);
            foreach (var system in request.Systems) FillSystemV1(system, SignalsOf(answer, system));
        }

        return Finish(contract, answers, encryption);
    }

    private static SpekeKeyAnswer Fill(SpekeKeyRequest request, IReadOnlyDictionary<KeyId, SpekeKeyAnswer> answers)
    {
        if (!answers.TryGetValue(request.Kid, out var answer)) throw new ArgumentException($"There is no answer for the key {request.Kid}.", nameof(answers));
        request.Key.SetKey(answer.Key.Bytes);
        if (answer.IV is not null) request.Key.ExplicitIV = answer.IV;
        return answer;
    }

    private static SpekeSignals SignalsOf(SpekeKeyAnswer answer, CpixDrmSystem system) =>
        answer.Signals.GetValueOrDefault(system.SystemId)
        ?? throw new ArgumentException($"There are no signals for the system {system.SystemId}.", nameof(answer));

    private static void FillSystemV2(CpixDrmSystem system, SpekeSignals signals)
    {
        if (system.Has("PSSH")) system.Pssh = signals.Pssh;
        if (system.Has("ContentProtectionData")) system.ContentProtectionData = signals.ContentProtectionData;
        if (system.Has("SmoothStreamingProtectionHeaderData")) system.SetSmoothStreaming(signals.PlayReadyObject);
        if (system.Has("URIExtXKey")) system.UriExtXKey = null;
        if (system.Robustness is not null && signals.Robustness is not null) system.Robustness = signals.Robustness;
        if (system.HlsAllowedCpc is not null && signals.HlsAllowedCpc is not null) system.HlsAllowedCpc = signals.HlsAllowedCpc;
        foreach (var hls in system.HlsSignaling)
        {
            if (signals.HlsAttributes is { } attributes) hls.SetTag(hls.IsMedia ? "#EXT-X-KEY:"u8 : "#EXT-X-SESSION-KEY:"u8, attributes);
            else system.Remove(hls);
        }
    }

    private static void FillSystemV1(CpixDrmSystem system, SpekeSignals signals)
    {
        if (system.Has("PSSH")) system.Pssh = signals.Pssh;
        if (system.Has("ContentProtectionData")) system.ContentProtectionData = signals.ContentProtectionData;
        if (system.Has("URIExtXKey")) system.UriExtXKey = signals.KeyUri;
        Extension(system, "ProtectionHeader", Base64(signals.PlayReadyObject));
        Extension(system, "KeyFormat", Base64(signals.KeyFormat));
        Extension(system, "KeyFormatVersions", Base64(signals.KeyFormatVersions));
    }

    private static void Extension(CpixDrmSystem system, string name, string? value)
    {
        if (!system.Has(name, SpekeNamespace)) return;
        if (value is null) system.RemoveExtension(SpekeNamespace, name);
        else system.SetExtension(SpekeNamespace, name, value);
    }

    private static string? Base64(byte[]? bytes) => bytes is null ? null : Convert.ToBase64String(bytes);

    private static string? Base64(string? text) => text is null ? null : Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));

    private static XmlOutput Finish(SpekeContract contract, IReadOnlyDictionary<KeyId, SpekeKeyAnswer> answers, CpixEncryptionOptions? encryption)
    {
        var overridden = contract.Keys.Where(k => answers[k.Kid].Kid != k.Kid).ToDictionary(static k => k.Kid, k => answers[k.Kid].Kid);
        if (overridden.Count > 0) contract.Document.ChangeKeyIds(overridden);
        if (!contract.WantsEncryptedKeys) return contract.Document.Write(keepOrder: true);
        try
        {
            contract.Document.EncryptKeys((encryption ?? CpixEncryptionOptions.Default) with { WriteAlgorithm = true });
        }
        catch (CpixException e)
        {
            throw SpekeV2Contract.Refuse(e);
        }

        return contract.Document.Write(keepOrder: true);
    }
}
