namespace DrmHub.Vault.Rights;

/// <summary>What a subscriber needs for a deal to apply.</summary>
public enum CommercialModel
{
    /// <summary>An active subscription to one of the deal's plans, or such a plan in the player's token.</summary>
    Subscription,

    /// <summary>A purchase of the title, or of a collection that holds it.</summary>
    Purchase,

    /// <summary>A rental that still runs, by the deal's rental and first-play durations.</summary>
    Rental,

    /// <summary>Nothing but a valid token: free with advertisements.</summary>
    Free,
}
