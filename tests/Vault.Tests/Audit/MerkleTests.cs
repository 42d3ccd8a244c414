using System.Security.Cryptography;
using System.Text;
using DrmHub.Vault.Audit.Merkle;

namespace DrmHub.Vault.Tests.Audit;

/// <summary>The eight leaves that RFC 6962 implementations are tested with, and a tree of 70,000 entries "entry-0" and so on.</summary>
public sealed class MerkleTests
{
    private static readonly string[] s_classic = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

    private static readonly string[] s_classicRoots =
    [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    private static readonly Lazy<Forest> s_seventyThousand = new(() => new Forest(Enumerable.Range(0, 70_000).Select(i => Encoding.ASCII.GetBytes("entry-" + i))));

    [Theory]
    [InlineData(0), InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6), InlineData(7), InlineData(8)]
    public void Roots_of_the_classic_leaves(int size) =>
        Assert.Equal(s_classicRoots[size], Hex(new Forest(s_classic.Take(size).Select(Convert.FromHexString)).Edge.Root()));

    [Fact]
    public void Single_hashes()
    {
        Assert.Equal("395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56", Hex(MerkleHash.Leaf("L123456"u8)));
        Assert.Equal("0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7", Hex(MerkleHash.Leaf([0x10])));
    }

    [Theory]
    [InlineData(1, 1, "")]
    [InlineData(1, 8, "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7 5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e 6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4")]
    [InlineData(6, 8, "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0 d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(2, 5, "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b")]
    [InlineData(4, 7, "837dbb152e9b079010717e84e865da4ebc0fa198a806d59d31bf15accef22d0e")]
    public async Task Consistency_proofs_of_the_classic_leaves(int first, int second, string expected)
    {
        var forest = new Forest(s_classic.Select(Convert.FromHexString));
        var proof = await forest.Tiles.ConsistencyAsync(first, second);
        Assert.Equal(expected, string.Join(' ', proof.Select(Hex)));
    }

    [Theory]
    [InlineData(0, 1, "")]
    [InlineData(0, 8, "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7 5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e 6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4")]
    [InlineData(5, 8, "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0 d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(2, 3, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")]
    public async Task Inclusion_proofs_of_the_classic_leaves(int index, int size, string expected)
    {
        var forest = new Forest(s_classic.Select(Convert.FromHexString));
        Assert.Equal(expected, string.Join(' ', (await forest.Tiles.InclusionAsync(index, size)).Select(Hex)));
    }

    [Theory]
    [InlineData(1, "40766b2033429026f53d54502679a839706b4741f8dcaf3a8bba5f41b5ffe075")]
    [InlineData(255, "45da9f374748e17a372f71c00422b12e2bf96842f1f61c5740fe494e4becff0f")]
    [InlineData(256, "f85f4ead34080710b4d1e808301543aaab81aa04deb88599350dc26a4f2f58de")]
    [InlineData(257, "918b1cec64f317c76e3cf55c0536841c039eff06772ebb8828ce7c176028b5ac")]
    [InlineData(513, "086688832155761797c0047f40c8f9d84302d9a9af6d2630d890ffb848dd533f")]
    [InlineData(65535, "ef9727904944e47fac4b347c1fb33fceb917dce3d314e2c20b2d0fcfe110c281")]
    [InlineData(65536, "df2c606d114416fa600bf3495152e09e39e8be3d0e2e5501c352826539abda8e")]
    [InlineData(65537, "b63007bf60359bdcbc1d1ef1ed256fe359d2b9d15aba68a3cee30a832f40c79e")]
    [InlineData(70000, "a62a54be33294ffd5a5c4c637fd754630b71a892e8356e3a666a5c8a7ffd1518")]
    public async Task Roots_of_any_size_come_from_the_tiles_of_a_larger_tree(int size, string root) =>
        Assert.Equal(root, Hex(await s_seventyThousand.Value.Tiles.RootAsync(size)));

    [Theory]
    [InlineData(0, 0, 8192, "8921c57d2f65271c82bf0f686c002793863c80c8d1cbbbf5db6046ff59e8b590")]
    [InlineData(0, 272, 8192, "a7dec3f9664143f7bf3d9bef2a7f5ac8e2f9b2d9f2c3a5e476a16801d6f2f4ac")]
    [InlineData(0, 273, 3584, "41c090f240cc1bbcec93391099da9f3bde6e87927975e789b8f7794061b27f1d")]
    [InlineData(1, 0, 8192, "3f2180f39b716a1f9ba5b330e55deac1781861f2854c705884f31806688285e0")]
    [InlineData(1, 1, 544, "e7be92bf44b56bfc274e384835c09a9b949542f7ef3bed21a46195a871173926")]
    [InlineData(2, 0, 32, "a39abb517974ee0fe428abf332453555ac40e6bdf705bb4a4bf919dfa6b3b24c")]
    public void Tiles_of_seventy_thousand_entries(int level, int index, int length, string sha256)
    {
        var tile = s_seventyThousand.Value.Stored[(level, index)];
        Assert.Equal(length, tile.Length);
        Assert.Equal(sha256, Hex(SHA256.HashData(tile)));
    }

    [Theory]
    [InlineData(0, 70000, 17, "aa74d83e9688e20a3a4b10165a540b86ea9a3962081ab9953e5d84bc5f9c9ec1")]
    [InlineData(65535, 70000, 17, "837f0f8bb750d7c17a3da579dca77ca44ac690bac51dca67408f8bfa71f30acc")]
    [InlineData(65536, 70000, 14, "09cff7cf51d8dfaed0babc1f34f058a5f7d15db3afdb8a31e2bd80e6325579cd")]
    [InlineData(69999, 70000, 9, "0823665d2bcb6ecc221f7bfddd47524152576fb5f5ec0acba4179221171e1d61")]
    [InlineData(255, 257, 9, "c8908f65aea17d3197c65ab300c815c59ac09564b4c42553b42101e18e3a7cfc")]
    public async Task Inclusion_in_seventy_thousand(int index, int size, int hashes, string sha256)
    {
        var tiles = s_seventyThousand.Value.Tiles;
        var proof = await tiles.InclusionAsync(index, size);
        var root = await tiles.RootAsync(size);
        Assert.Equal((hashes, sha256), (proof.Count, Hex(SHA256.HashData([.. proof.SelectMany(hash => hash)]))));
        Assert.True(MerkleProof.VerifyInclusion(index, size, MerkleHash.Leaf(Encoding.ASCII.GetBytes("entry-" + index)), proof, root));
    }

    [Theory]
    [InlineData(1, 70000, 17, "aa74d83e9688e20a3a4b10165a540b86ea9a3962081ab9953e5d84bc5f9c9ec1")]
    [InlineData(3, 70000, 18, "9d8063ba21b54b6c4cde79c7ace92a44135fb2b9bc6eac9f3283b46b22e17c9e")]
    [InlineData(65536, 70000, 1, "cd8b777ca5e0876e0034db8960b91a10254c883b0da5013d03ef5253024d2458")]
    [InlineData(65537, 70000, 15, "ac838cd4b7b2089b5cbf18cbec0823c502bfaf59b614183281da0ec8617a48eb")]
    [InlineData(65535, 65537, 18, "8dfd821852d07bbf5ebe49e0dcde2346f8e44a8d9fa0aec27f7ed2968e75e4cc")]
    [InlineData(255, 256, 9, "0fe32b3d7470b10884cc8449ac54dc13d7d785d2be71398fdc5d500d7c7fe391")]
    [InlineData(255, 257, 10, "1463c3fe3faf4d2f5d4fcbd351da7c2cc3f86d5c6bf049b32e443b3800e0ecbb")]
    public async Task Consistency_up_to_seventy_thousand(int first, int second, int hashes, string sha256)
    {
        var tiles = s_seventyThousand.Value.Tiles;
        var proof = await tiles.ConsistencyAsync(first, second);
        var (firstRoot, secondRoot) = (await tiles.RootAsync(first), await tiles.RootAsync(second));
        Assert.Equal((hashes, sha256), (proof.Count, Hex(SHA256.HashData([.. proof.SelectMany(hash => hash)]))));
        Assert.True(MerkleProof.VerifyConsistency(first, second, firstRoot, secondRoot, proof));
    }

    [Fact]
    public async Task Every_proof_of_small_trees_verifies_and_no_damaged_one_does()
    {
        var leaves = Enumerable.Range(0, 70).Select(i => new[] { (byte)i }).ToList();
        var forest = new Forest(leaves);
        for (var size = 1; size <= leaves.Count; size++)
        {
            var root = await forest.Tiles.RootAsync(size);
            Assert.Equal(root, NaiveRoot(leaves[..size]));
            for (var index = 0; index < size; index++)
            {
                var proof = await forest.Tiles.InclusionAsync(index, size);
                var leaf = MerkleHash.Leaf(leaves[index]);
                Assert.True(MerkleProof.VerifyInclusion(index, size, leaf, proof, root));
                Assert.All(Damaged(proof), bad => Assert.False(MerkleProof.VerifyInclusion(index, size, leaf, bad, root)));
                Assert.False(MerkleProof.VerifyInclusion(index, size, MerkleHash.Leaf([99]), proof, root));
                Assert.False(MerkleProof.VerifyInclusion(index + 1, size, leaf, proof, root));
                Assert.False(MerkleProof.VerifyInclusion(size, size, leaf, proof, root));
            }

            for (var first = 1; first <= size; first++)
            {
                var proof = await forest.Tiles.ConsistencyAsync(first, size);
                var firstRoot = await forest.Tiles.RootAsync(first);
                Assert.True(MerkleProof.VerifyConsistency(first, size, firstRoot, root, proof));
                Assert.All(Damaged(proof), bad => Assert.False(MerkleProof.VerifyConsistency(first, size, firstRoot, root, bad)));
                if (first != size) Assert.False(MerkleProof.VerifyConsistency(first, size, root, root, proof));
                Assert.False(MerkleProof.VerifyConsistency(first, size, firstRoot, MerkleHash.Leaf([99]), proof));
            }
        }
    }

    [Fact]
    public void Hashes_of_another_length_never_verify()
    {
        Assert.False(MerkleProof.VerifyInclusion(0, 1, [], [], []));
        Assert.False(MerkleProof.VerifyInclusion(0, 2, new byte[32], [new byte[31]], new byte[32]));
        Assert.False(MerkleProof.VerifyConsistency(0, 1, MerkleHash.Empty, new byte[32], []));
        Assert.False(MerkleProof.VerifyInclusion(-1, 1, new byte[32], [], new byte[32]));
    }

    [Theory]
    [InlineData(1), InlineData(255), InlineData(256), InlineData(257), InlineData(65_535), InlineData(65_536), InlineData(69_999)]
    public async Task A_tree_that_is_loaded_again_grows_as_one_that_was_never_put_away(int size)
    {
        var all = s_seventyThousand.Value;
        var edge = await TreeEdge.LoadAsync(size, (level, index) => Task.FromResult(all.Stored.GetValueOrDefault((level, index))));
        Assert.Equal(await all.Tiles.RootAsync(size), edge.Root());
        for (var i = size; i < Math.Min(size + 600, 70_000); i++) edge.Append(MerkleHash.Leaf(Encoding.ASCII.GetBytes("entry-" + i)));
        Assert.Equal(await all.Tiles.RootAsync(edge.Size), edge.Root());
    }

    private static IEnumerable<IReadOnlyList<byte[]>> Damaged(List<byte[]> proof)
    {
        yield return [.. proof, new byte[32]];
        if (proof.Count == 0) yield break;
        yield return proof[1..];
        yield return proof[..^1];
        for (var i = 0; i < proof.Count; i++)
        {
            var copy = proof.ConvertAll(hash => (byte[])hash.Clone());
            copy[i][7] ^= 1;
            yield return copy;
            if (i == 0) continue;
            List<byte[]> swapped = [.. proof];
            (swapped[i - 1], swapped[i]) = (swapped[i], swapped[i - 1]);
            if (!swapped[i].AsSpan().SequenceEqual(swapped[i - 1])) yield return swapped;
        }
    }

    /// <summary>The definition of RFC 6962, 2.1, word for word.</summary>
    private static byte[] NaiveRoot(List<byte[]> leaves)
    {
        if (leaves.Count == 1) return MerkleHash.Leaf(leaves[0]);
        var split = 1;
        while (split * 2 < leaves.Count) split *= 2;
        return MerkleHash.Node(NaiveRoot(leaves[..split]), NaiveRoot(leaves[split..]));
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private sealed class Forest
    {
        public Forest(IEnumerable<byte[]> entries)
        {
            foreach (var entry in entries) Edge.Append(MerkleHash.Leaf(entry));
            Stored = Edge.TakeTouched();
            Tiles = new TileTree((level, index) => Task.FromResult(Stored.GetValueOrDefault((level, index))));
        }

        public TreeEdge Edge { get; } = new();

        public Dictionary<(int, long), byte[]> Stored { get; }

        public TileTree Tiles { get; }
    }
}
