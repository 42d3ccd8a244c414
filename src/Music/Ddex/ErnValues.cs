namespace DrmHub.Music.Ddex;

/// <summary>Values that the standard allows where a hub must understand them: an unknown one could be a limit that nobody keeps.</summary>
internal static class ErnValues
{
    public static readonly IReadOnlySet<string> CommercialModels = Set(
        "AdvertisementSupportedModel DeviceFeeModel FreeOfChargeModel PayAsYouGoModel PerformanceRoyaltiesModel RightsClaimModel SubscriptionModel AsPerContract Unknown UserDefined");

    public static readonly IReadOnlySet<string> Uses = Set(
        """
        Broadcast Cable ConditionalDownload ContentInfluencedStream Display Download Dub DubForOnDemandStreaming DubForLivePerformance DubForMovies DubForMusicOnHold
        DubForPublicPerformance DubForRadio DubForTV ExtractForInternet KioskDownload Narrowcast NonInteractiveStream OnDemandStream Perform PerformAsMusicOnHold
        PerformInLivePerformance PerformInPublic PermanentDownload Playback PlayInPublic Podcast Print PrivateCopy PurchaseAsPhysicalProduct Rent Simulcast Stream
        TetheredDownload TimeInfluencedStream Use UseAsAlertTone UseAsDevice UseAsKaraoke UseAsRingbackTone UseAsRingbackTune UseAsRingtone UseAsRingtune UseAsScreensaver
        UseAsVoiceMail UseAsWallpaper UseForIdentification UseInMobilePhoneMessaging UseInPhoneListening UserDefined UserMakeAvailableLabelProvided
        UserMakeAvailableUserProvided Webcast UseForDataMining UseForTrainingGenerativeAI UseForTrainingNonGenerativeAI
        """);

    /// <summary>All that stands in DealTerms of any version that is read: whatever else stands there is refused.</summary>
    public static readonly IReadOnlySet<string> DealTerms = Set(
        """
        TerritoryCode ExcludedTerritoryCode ValidityPeriod CommercialModelType UseType UserInterfaceType CarrierType TechnicalInstantiation NumberOfUsages DistributionChannel
        ExcludedDistributionChannel RightsClaimPolicy PriceInformation IsPromotional PromotionalCode IsPreOrderDeal InstantGratificationResourceList PhysicalReturns
        NumberOfProductsPerCarton Usage AllDealsCancelled TakeDown ConsumerRentalPeriod PreOrderReleaseDate PreOrderReleaseDateTime ReleaseDisplayStartDate
        TrackListingPreviewStartDate CoverArtPreviewStartDate ClipPreviewStartDate PreOrderPreviewDate ReleaseDisplayStartDateTime TrackListingPreviewStartDateTime
        CoverArtPreviewStartDateTime ClipPreviewStartDateTime PreOrderPreviewDateTime PreOrderIncentiveResourceList IsExclusive RelatedReleaseOfferSet WebPolicy
        """);

    private static HashSet<string> Set(string text) => new(text.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);
}
