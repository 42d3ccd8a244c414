using System.Text.Json;
using DrmHub.Music.Catalogue;
using DrmHub.Vault.Catalogue;

namespace DrmHub.Music.Ddex;

/// <summary>
/// What a message makes of the catalogue. A message is the whole truth about its release: what it does not repeat is gone. Items are found
/// again by their identifiers within the licensor, and keep their ids.
/// </summary>
internal sealed class ErnCataloguePlan(ErnMessage message, MusicCatalogue catalogue)
{
    private readonly List<CatalogueWrite> _writes = [];
    private readonly List<CatalogueRemoval> _removals = [];
    private readonly Dictionary<string, string> _artists = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _named = new(StringComparer.Ordinal);

    public CatalogueChange Change => new() { Writes = _writes, Removals = _removals };

    public Release Release { get; private set; } = new();

    /// <summary>Recordings by the references of the message.</summary>
    public Dictionary<string, Recording> Recordings { get; } = new(StringComparer.Ordinal);

    public async Task BuildAsync(CancellationToken cancellationToken)
    {
        foreach (var party in ReferencedParties()) await AddArtistAsync(party, cancellationToken);
        var placed = message.Main.Items.Select(item => item.Resource).ToHashSet(StringComparer.Ordinal);
        var isrcs = message.Recordings.Select(recording => recording.Isrc).OfType<string>();
        var known = (await catalogue.Store.Queries.FindAllAsync("recording", "isrc", isrcs, message.Licensor, cancellationToken)).ToDictionary(found => found.Value, found => MusicCatalogue.Read<Recording>(found.Row), StringComparer.Ordinal);
        foreach (var recording in message.Recordings.Where(recording => placed.Contains(recording.Reference))) await AddRecordingAsync(recording, known, cancellationToken);
        await AddReleaseAsync(cancellationToken);
        await AddTracksAsync(cancellationToken);
    }

    /// <summary>The release of this licensor under any of the identifiers.</summary>
    /// <exception cref="ErnException">They belong to different releases.</exception>
    public static async Task<Release?> FindReleaseAsync(MusicCatalogue catalogue, string licensor, ErnReleaseId id, int line, CancellationToken cancellationToken)
    {
        Release? found = null;
        foreach (var (scheme, value) in Identifiers(id))
        {
            foreach (var release in await catalogue.FindByAsync<Release>(scheme, value, licensor, cancellationToken))
            {
                if (found is not null && found.Id != release.Id) throw new ErnException(line, "ern.contradiction", $"The identifiers belong to two releases of this licensor, {found.Id} and {release.Id}.");
                found = release;
            }
        }

        return found;
    }

    private static IEnumerable<(string Scheme, string Value)> Identifiers(ErnReleaseId id)
    {
        if (id.Grid is { } grid) yield return ("grid", grid);
        if (id.Icpn is { } icpn) yield return ("upc", MusicIds.PadGtin(icpn));
        foreach (var own in id.ProprietaryIds) yield return ("proprietary", own);
    }

    private IEnumerable<ErnParty> ReferencedParties()
    {
        var named = message.Main.Artists.Concat(message.Recordings.SelectMany(recording => recording.Artists.Concat(recording.Contributors)))
            .Select(artist => artist.PartyReference).OfType<string>().Distinct(StringComparer.Ordinal);

        // Without an identifier two people of one name could not be told apart: such a name stays with the recording.
        return named.Select(reference => message.Parties[reference]).Where(party => party.Names.Count > 0 && (party.Isni is not null || party.ProprietaryIds.Count > 0));
    }

    private async Task AddArtistAsync(ErnParty party, CancellationToken cancellationToken)
    {
        Artist? known = null;
        if (party.Isni is { } isni) known = await catalogue.FindOneByAsync<Artist>("isni", isni, message.Licensor, cancellationToken);
        foreach (var own in party.ProprietaryIds) known ??= await catalogue.FindOneByAsync<Artist>("proprietary", own, message.Licensor, cancellationToken);
        if (known is not null && _artists.ContainsValue(known.Id))
        {
            _artists[party.Reference] = known.Id;
            return;
        }

        if (party.ProprietaryIds.Append(party.Isni).OfType<string>().Select(_named.GetValueOrDefault).FirstOrDefault(id => id is not null) is { } same)
        {
            _artists[party.Reference] = same; // Two parties of one identifier are one artist.
            return;
        }

        var artist = new Artist { Id = known?.Id ?? CatalogueKind.Of<Artist>().NewId(), Licensor = message.Licensor, Names = party.Names, Isni = party.Isni, ProprietaryIds = party.ProprietaryIds };
        _artists[party.Reference] = artist.Id;
        foreach (var name in party.ProprietaryIds.Append(party.Isni).OfType<string>()) _named[name] = artist.Id;
        Put(artist, known, party.Reference, line: 0);
    }

    private async Task AddRecordingAsync(ErnRecording from, Dictionary<string, Recording> byIsrc, CancellationToken cancellationToken)
    {
        Recording? known = null;
        if (from.Isrc is { } isrc) known = byIsrc.GetValueOrDefault(isrc);
        else
            foreach (var own in from.ProprietaryIds) known ??= await catalogue.FindOneByAsync<Recording>("proprietary", own, message.Licensor, cancellationToken);
        var recording = new Recording
        {
            Id = known?.Id ?? CatalogueKind.Of<Recording>().NewId(),
            Licensor = message.Licensor,
            ContentId = known?.ContentId,
            Isrc = from.Isrc,
            ProprietaryIds = from.ProprietaryIds,
            Titles = from.Titles,
            Subtitles = from.Subtitles,
            DisplayArtists = from.DisplayArtists,
            Artists = [.. from.Artists.Select(Credit)],
            Contributors = [.. from.Contributors.Select(Contribution).OfType<Contributor>()],
            DurationMs = from.DurationMs,
            Languages = from.Languages,
            ParentalWarning = from.ParentalWarning,
            Hidden = from.Hidden,
            NoCrossfade = from.NoCrossfade,
            PLine = from.PLine,
            Ragas = from.Ragas,
            Talas = from.Talas,
            Deities = from.Deities,
        };
        Recordings[from.Reference] = recording;
        Put(recording, known, from.Reference, from.Line);
    }

    private async Task AddReleaseAsync(CancellationToken cancellationToken)
    {
        var from = message.Main;
        var known = await FindReleaseAsync(catalogue, message.Licensor, from.Id, from.Line, cancellationToken);
        Release = new Release
        {
            Id = known?.Id ?? CatalogueKind.Of<Release>().NewId(),
            Licensor = message.Licensor,
            Upc = from.Id.Icpn,
            Grid = from.Id.Grid,
            ProprietaryIds = from.Id.ProprietaryIds,
            CatalogNumber = from.Id.CatalogNumber,
            Type = from.Type,
            Titles = from.Titles,
            Subtitles = from.Subtitles,
            DisplayArtists = from.DisplayArtists,
            Artists = [.. from.Artists.Select(Credit)],
            LabelId = await AddLabelAsync(cancellationToken),
            PLine = from.PLine,
            CLine = from.CLine,
            ReleaseDate = from.ReleaseDate,
            OriginalReleaseDate = from.OriginalReleaseDate,
            Genres = from.Genres,
            ParentalWarning = from.ParentalWarning,
            Artwork = message.Artwork ?? known?.Artwork, // An update may leave the files out.
            Ragas = from.Ragas,
            Talas = from.Talas,
            Deities = from.Deities,
        };
        Put(Release, known, from.Reference, from.Line);
    }

    private async Task<string?> AddLabelAsync(CancellationToken cancellationToken)
    {
        var party = message.Main.LabelReference is { } reference ? message.Parties[reference] : null;
        var names = party?.Names ?? (message.Main.LabelName is { } name ? [new LocalText(name)] : []);
        if (names.Count == 0) return null;
        var label = new Label { Licensor = message.Licensor, Names = names, PartyId = party?.PartyId };
        var identifier = label.Identifiers.First();
        var known = await catalogue.FindOneByAsync<Label>(identifier.Scheme, identifier.Value, message.Licensor, cancellationToken);
        if (known is not null) return known.Id;
        label = label with { Id = CatalogueKind.Of<Label>().NewId() };
        Put(label, null, "label", message.Main.Line);
        return label.Id;
    }

    private async Task AddTracksAsync(CancellationToken cancellationToken)
    {
        var known = (await catalogue.ChildrenAsync<Track>(Release.Id, cancellationToken)).ToList();
        foreach (var item in message.Main.Items.Where(item => Recordings.ContainsKey(item.Resource)))
        {
            var recording = Recordings[item.Resource].Id;
            var before = known.Find(track => track.RecordingId == recording);
            if (before is not null) known.Remove(before);
            var own = message.Tracks.FirstOrDefault(track => track.Items.Count == 1 && track.Items[0].Resource == item.Resource);
            var track = new Track
            {
                Id = before?.Id ?? CatalogueKind.Of<Track>().NewId(),
                Licensor = message.Licensor,
                ReleaseId = Release.Id,
                RecordingId = recording,
                Disc = item.Disc,
                Number = item.Number,
                IsBonus = item.IsBonus,
                Titles = own?.Titles ?? [],
            };
            Put(track, before, item.Resource, item.Line);
        }

        _removals.AddRange(known.Select(track => new CatalogueRemoval(track.Id, "track", track.Version)));
    }

    private ArtistCredit Credit(ErnArtist artist)
    {
        var party = artist.PartyReference is { } reference ? message.Parties[reference] : null;
        var id = party is not null ? _artists.GetValueOrDefault(party.Reference) : null;
        return new ArtistCredit { ArtistId = id, Names = id is not null ? [] : party?.Names ?? artist.Names, Role = artist.Role };
    }

    private Contributor? Contribution(ErnArtist artist)
    {
        var party = artist.PartyReference is { } reference ? message.Parties[reference] : null;
        var names = party?.Names ?? artist.Names;
        return names.Count == 0 ? null : new Contributor(names[0].Value, artist.Role, party is not null ? _artists.GetValueOrDefault(party.Reference) : null);
    }

    /// <summary>An item that says what it said before is not written again.</summary>
    private void Put<T>(T item, T? known, string reference, int line)
        where T : CatalogueItem
    {
        if (MusicCatalogue.Check(item) is { Count: > 0 } faults) throw new ErnException([.. faults.Select(fault => new ErnProblem(line, "ern.value", $"{ErnParser.Short(reference)}: {fault}"))]);
        var write = MusicCatalogue.Write(item, known?.Version ?? 0);
        if (known is null || write.Body != JsonSerializer.Serialize(known with { Version = 0 }, MusicJson.Stored)) _writes.Add(write);
    }
}
