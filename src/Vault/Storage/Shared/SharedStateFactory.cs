using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Storage.Shared;

/// <summary>Opens the shared state that the options name.</summary>
public static class SharedStateFactory
{
    /// <exception cref="ArgumentException">An option is outside its range, or the connection string cannot be read.</exception>
    public static async Task<ISharedState> OpenAsync(SharedStateOptions options, TimeProvider? time = null, ILoggerFactory? loggers = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return string.IsNullOrEmpty(options.Redis)
            ? new InProcessSharedState(time ?? TimeProvider.System)
            : await RedisSharedState.OpenAsync(options, time, loggers).ConfigureAwait(false);
    }
}
