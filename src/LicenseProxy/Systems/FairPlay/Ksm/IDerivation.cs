namespace DrmHub.LicenseProxy.Systems.FairPlay.Ksm;

/// <summary>
/// The D-Function: the secret step from R2 and the application secret key to the key of the session block. Apple gives it to each
/// operator under a contract, so it is never in this repository.
/// </summary>
/// <remarks>An implementation gives the same answer for the same input, may be called at once from many threads, keeps nothing, and logs none of its bytes.</remarks>
internal interface IDerivation : IAsyncDisposable
{
    /// <param name="r2">21 bytes.</param>
    /// <param name="applicationSecret">16 bytes, or empty where the function has it itself.</param>
    /// <param name="derivedKey">Takes 16 bytes.</param>
    /// <exception cref="UpstreamException">The function failed or did not answer.</exception>
    ValueTask DeriveAsync(ReadOnlyMemory<byte> r2, ReadOnlyMemory<byte> applicationSecret, Memory<byte> derivedKey, CancellationToken cancellationToken);
}
