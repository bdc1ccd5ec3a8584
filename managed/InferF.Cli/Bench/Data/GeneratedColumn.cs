using Apache.Arrow;
using Apache.Arrow.Types;

namespace InferF.Cli.Bench.Data;

/// <summary>A column of a generated table: the same values for the same source of random numbers and rows.</summary>
/// <param name="Name">Its name.</param>
internal abstract record GeneratedColumn(string Name)
{
    /// <summary>Floats per row, or 0 if the column is no array.</summary>
    public virtual int Width => 0;

    /// <summary>Makes the values of some rows.</summary>
    /// <param name="random">Source of what is drawn.</param>
    /// <param name="from">First row.</param>
    /// <param name="count">Number of rows.</param>
    public abstract IArrowArray Make(Random random, int from, int count);

    /// <summary>An array of int32.</summary>
    protected static Int32Array Int32(int[] values) => new Int32Array.Builder().Append(values.AsSpan()).Build();
}

/// <summary>A number that a function gives to each row: row numbers, keys in a certain order.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">The value of a row.</param>
internal sealed record ComputedKey(string Name, Func<int, int> Value) : GeneratedColumn(Name)
{
    /// <summary>0, 1, 2 …</summary>
    public static ComputedKey RowNumber(string name = "id") => new(name, row => row);

    /// <summary>The numbers below <paramref name="rows"/> in random order.</summary>
    public static ComputedKey Shuffled(string name, int rows, int seed)
    {
        Lazy<int[]> order = new(() =>
        {
            int[] keys = [.. Enumerable.Range(0, rows)];
            new Random(seed).Shuffle(keys);
            return keys;
        });
        return new ComputedKey(name, row => order.Value[row]);
    }

    /// <inheritdoc/>
    public override IArrowArray Make(Random random, int from, int count)
    {
        int[] values = new int[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = Value(from + i);
        }
        return Int32(values);
    }
}

/// <summary>Integers drawn uniformly from [0, limit), each mapped by a function if there is one.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Limit">One more than the largest.</param>
/// <param name="Map">What becomes of a number drawn.</param>
internal sealed record DrawnKey(string Name, int Limit, Func<int, int>? Map = null) : GeneratedColumn(Name)
{
    /// <inheritdoc/>
    public override IArrowArray Make(Random random, int from, int count)
    {
        int[] values = new int[count];
        for (int i = 0; i < count; i++)
        {
            int drawn = random.Next(Limit);
            values[i] = Map is null ? drawn : Map(drawn);
        }
        return Int32(values);
    }
}

/// <summary>The values of an integer column as text.</summary>
/// <param name="Key">The column.</param>
/// <param name="Format">Text of a number.</param>
internal sealed record TextKey(GeneratedColumn Key, Func<int, string> Format) : GeneratedColumn(Key.Name)
{
    /// <inheritdoc/>
    public override IArrowArray Make(Random random, int from, int count)
    {
        StringArray.Builder texts = new();
        using Int32Array keys = (Int32Array)Key.Make(random, from, count);
        foreach (int value in keys.Values)
        {
            texts.Append(Format(value));
        }
        return texts.Build();
    }
}

/// <summary>Features: numbers drawn uniformly from (−1, 1), then categories, each as many floats as it has values, all 0 but one.</summary>
/// <param name="Numbers">How many numbers.</param>
/// <param name="Categories">Values of every category.</param>
internal sealed record FeatureColumn(int Numbers, params IReadOnlyList<int> Categories) : GeneratedColumn(BenchTable.Features)
{
    /// <inheritdoc/>
    public override int Width => Numbers + Categories.Sum();

    /// <inheritdoc/>
    public override IArrowArray Make(Random random, int from, int count)
    {
        float[] values = new float[count * Width];
        int at = 0;
        for (int row = 0; row < count; row++)
        {
            for (int i = 0; i < Numbers; i++)
            {
                values[at++] = random.NextSingle() * 2 - 1;
            }
            foreach (int category in Categories)
            {
                values[at + random.Next(category)] = 1;
                at += category;
            }
        }
        FixedSizeListType type = new(new Field("item", FloatType.Default, false), Width);
        return new FixedSizeListArray(type, count, new FloatArray.Builder().Append(values.AsSpan()).Build(), ArrowBuffer.Empty, 0);
    }
}
