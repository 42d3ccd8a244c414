using DrmHub.Vault.Storage.Shared;

namespace DrmHub.Testing;

/// <summary>Stream slots in as many words as most tests need.</summary>
internal static class SlotExtensions
{
    public static async ValueTask<SharedAnswer> TakeSlotAsync(this ISharedState state, string account, string session, int limit, TimeSpan lifetime)
    {
        var answer = await state.TakeSlotAsync(new SlotRequest(account, session, limit, lifetime));
        return new SharedAnswer(answer.IsGranted, answer.Source);
    }
}
