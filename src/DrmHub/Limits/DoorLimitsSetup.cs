namespace DrmHub.Host.Limits;

/// <summary>Puts the limits of all doors but the players' into the pipeline.</summary>
internal static class DoorLimitsSetup
{
    public static IServiceCollection AddDoorLimits(this IServiceCollection services, IConfiguration configuration, bool development) =>
        services.AddSingleton(DoorLimitOptions.Read(configuration, development)).AddSingleton<DoorLimits>();

    /// <summary>Before authentication: by address.</summary>
    public static void UseAddressLimits(this WebApplication app)
    {
        var doors = app.Services.GetRequiredService<DoorLimits>();
        app.Use(next => http => doors.AdmitAddressAsync(http, next));
    }

    /// <summary>After authorization: by operator.</summary>
    public static void UseOperatorLimits(this WebApplication app)
    {
        var doors = app.Services.GetRequiredService<DoorLimits>();
        app.Use(next => http => doors.AdmitOperatorAsync(http, next));
    }
}
