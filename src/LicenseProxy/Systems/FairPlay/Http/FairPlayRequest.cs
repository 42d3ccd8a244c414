namespace DrmHub.LicenseProxy.Systems.FairPlay.Http;

/// <summary>The ways in which players put an SPC into a request; the CKC goes back in the same.</summary>
internal enum FairPlayForm
{
    /// <summary><c>spc=BASE64&amp;assetId=…</c>, answered with <c>&lt;ckc&gt;BASE64&lt;/ckc&gt;</c>.</summary>
    UrlEncoded,

    /// <summary>The bytes themselves, both ways.</summary>
    Raw,

    /// <summary>Base64 alone, both ways.</summary>
    Base64,

    /// <summary><c>{"spc":"…"}</c>, answered with <c>{"ckc":"…"}</c>.</summary>
    Json,

    /// <summary><c>{"fairplay-streaming-request":{"streaming-keys":[{"id","uri","spc"}]}}</c> of Safari's modern interface.</summary>
    StreamingKeys,

    /// <summary>The same with <c>create-ckc</c> for <c>streaming-keys</c>, as pages of Apple's newest software send it.</summary>
    CreateCkc,
}

/// <param name="Id">As it came, for the answer: a JSON value; null outside <see cref="FairPlayForm.StreamingKeys"/>.</param>
/// <param name="AssetUri">What the request says of the asset beside the SPC.</param>
internal sealed record FairPlayItem(ReadOnlyMemory<byte> Spc, string? AssetUri, string? Id);

/// <param name="Items">At least one.</param>
/// <param name="Offline">The application asks for a key that the device may keep.</param>
internal sealed record FairPlayRequest(FairPlayForm Form, IReadOnlyList<FairPlayItem> Items, bool Offline);
