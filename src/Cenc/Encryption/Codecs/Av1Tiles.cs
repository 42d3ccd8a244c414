namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>How an AV1 frame is cut into tiles (AV1 specification, 5.9.15).</summary>
internal readonly record struct Av1Tiles(int Count, int IndexBits, int SizeBytes)
{
    private const int MaxTileWidth = 4096, MaxTileArea = 4096 * 2304, MaxColumns = 64, MaxRows = 64;

    public static Av1Tiles Read(ref BitReader reader, int width, int height, bool superblock128)
    {
        var shift = superblock128 ? 7 : 6;
        var columns = ((2 * ((width + 7) >> 3)) + (1 << (shift - 2)) - 1) >> (shift - 2);
        var rows = ((2 * ((height + 7) >> 3)) + (1 << (shift - 2)) - 1) >> (shift - 2);
        var widest = MaxTileWidth >> shift;
        var leastColumnBits = Log2(widest, columns);
        var leastBits = Math.Max(leastColumnBits, Log2(MaxTileArea >> (2 * shift), rows * columns));
        int columnBits, rowBits, columnCount, rowCount;
        if (reader.Flag())
        {
            columnBits = ReadBits(ref reader, leastColumnBits, Log2(1, Math.Min(columns, MaxColumns)));
            columnCount = Pieces(columns, columnBits);
            rowBits = ReadBits(ref reader, Math.Max(leastBits - columnBits, 0), Log2(1, Math.Min(rows, MaxRows)));
            rowCount = Pieces(rows, rowBits);
        }
        else
        {
            columnCount = ReadSizes(ref reader, columns, widest, MaxColumns, out var largest);
            columnBits = Log2(1, columnCount);
            var area = leastBits > 0 ? (rows * columns) >> (leastBits + 1) : rows * columns;
            rowCount = ReadSizes(ref reader, rows, Math.Max(area / largest, 1), MaxRows, out _);
            rowBits = Log2(1, rowCount);
        }

        var sizeBytes = 0;
        if (columnBits + rowBits > 0)
        {
            reader.Skip(columnBits + rowBits);
            sizeBytes = reader.Int(2) + 1;
        }

        return new Av1Tiles(columnCount * rowCount, columnBits + rowBits, sizeBytes);
    }

    /// <summary>tile_log2: the least k with block &lt;&lt; k of at least target.</summary>
    private static int Log2(int block, int target)
    {
        var k = 0;
        while ((long)block << k < target) k++;
        return k;
    }

    private static int ReadBits(ref BitReader reader, int least, int most)
    {
        var bits = least;
        while (bits < most && reader.Flag()) bits++;
        return bits;
    }

    private static int Pieces(int superblocks, int bits)
    {
        var size = (superblocks + (1 << bits) - 1) >> bits;
        return (superblocks + size - 1) / size;
    }

    private static int ReadSizes(ref BitReader reader, int superblocks, int limit, int maxCount, out int largest)
    {
        largest = 1;
        var count = 0;
        for (var start = 0; start < superblocks; count++)
        {
            if (count == maxCount) throw new CencFormatException($"An AV1 frame has more than {maxCount} tiles in one direction.");
            var size = reader.NonSymmetric(Math.Min(superblocks - start, limit)) + 1;
            largest = Math.Max(largest, size);
            start += size;
        }

        return count;
    }
}
