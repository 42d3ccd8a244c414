using DrmHub.Cenc;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Tests.Storage;

namespace DrmHub.Vault.Tests.Keys;

[Collection(ServerCollection.Name)]
public sealed class RaceTests(Servers servers)
{
    private const int Races = 1200;

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task Two_nodes_that_are_asked_at_once_answer_the_same_key(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var one = await Node.OpenAsync(place);
        await using var two = await Node.OpenAsync(place);
        var contested = 0;
        for (var race = 0; race < Races; race++)
        {
            var content = $"title-{race}";

            // The orders differ, so that nodes which locked row by row would wait for each other in a circle.
            KeySpec[] specs = [KeyStoreTests.Spec("SD"), KeyStoreTests.Spec("HD"), KeyStoreTests.Spec("AUDIO")];
            var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            async Task<IReadOnlyList<VaultKey>> AskAsync(Node node, IReadOnlyList<KeySpec> asked)
            {
                await start.Task;
                return await node.Keys.GetOrCreateAsync(content, asked);
            }

            Task<IReadOnlyList<VaultKey>>[] asking = [Task.Run(() => AskAsync(one, specs)), Task.Run(() => AskAsync(two, [.. specs.Reverse()]))];
            start.SetResult();
            var answers = await Task.WhenAll(asking);
            Assert.Equal(answers[0].Select(KeyStoreTests.Describe).Order(), answers[1].Select(KeyStoreTests.Describe).Order());
            Assert.All(answers[0].Zip(answers[1].Reverse()), pair => Assert.True(pair.First.IsNew != pair.Second.IsNew));
            if (answers.SelectMany(keys => keys).Any(key => key.IsNew)) contested++;
        }

        Assert.Equal(Races, contested);
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task Many_callers_of_two_nodes_that_ask_for_overlapping_keys_all_get_the_same(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var one = await Node.OpenAsync(place);
        await using var two = await Node.OpenAsync(place);
        var chosen = Enumerable.Range(0, 40).Select(_ => new KeyId(Guid.NewGuid())).ToArray();
        var answers = await Task.WhenAll(Enumerable.Range(0, 400).Select(caller => Task.Run(async () =>
        {
            var title = caller * 7 % 40;
            var node = caller % 2 == 0 ? one : two;
            var keys = await node.Keys.GetOrCreateAsync($"title-{title}", [KeyStoreTests.Spec("SD"), KeyStoreTests.Spec("HD") with { RequestedKeyId = chosen[title] }]);
            return (title, Text: string.Join('|', keys.Select(KeyStoreTests.Describe)));
        })));
        Assert.All(answers.GroupBy(answer => answer.title), group => Assert.Single(group.Select(answer => answer.Text).Distinct()));
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task Of_two_that_choose_the_same_id_for_different_contents_one_gets_it_and_one_a_conflict(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var one = await Node.OpenAsync(place);
        await using var two = await Node.OpenAsync(place);
        for (var race = 0; race < 100; race++)
        {
            var spec = KeyStoreTests.Spec("SD") with { RequestedKeyId = new KeyId(Guid.NewGuid()) };
            async Task<bool> AskAsync(Node node, string content)
            {
                try
                {
                    await node.Keys.GetOrCreateAsync(content, [spec, KeyStoreTests.Spec("HD")]);
                    return true;
                }
                catch (KeyConflictException)
                {
                    Assert.Empty(await node.Keys.FindInfoByContentAsync(content));
                    return false;
                }
            }

            var won = await Task.WhenAll(Task.Run(() => AskAsync(one, $"one-{race}")), Task.Run(() => AskAsync(two, $"two-{race}")));
            Assert.Single(won, each => each);
        }
    }
}
