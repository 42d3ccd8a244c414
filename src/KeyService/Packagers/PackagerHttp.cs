using Microsoft.AspNetCore.Http;

namespace DrmHub.KeyService.Packagers;

/// <summary>What the packagers' routes share on the HTTP side.</summary>
internal static class PackagerHttp
{
    /// <returns>The whole body, or null where it is longer than the size limit of the route.</returns>
    public static async Task<byte[]?> ReadBodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        try
        {
            await request.Body.CopyToAsync(buffer, cancellationToken);
            return buffer.ToArray();
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return null;
        }
    }
}
