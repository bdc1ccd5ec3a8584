using System.Numerics;

namespace InferF.Optimizer.Joins;

/// <summary>A set of tables of one query, as bits: bit i is <c>BoundQuery.Tables[i]</c>.</summary>
/// <param name="Bits">One bit per table.</param>
internal readonly record struct TableSet(ulong Bits)
{
    /// <summary>Most tables a query may have.</summary>
    public const int Capacity = 64;

    /// <summary>The set without tables.</summary>
    public static TableSet Empty => default;

    /// <summary>True if no table is in the set.</summary>
    public bool IsEmpty => Bits == 0;

    /// <summary>Number of tables.</summary>
    public int Count => BitOperations.PopCount(Bits);

    /// <summary>The set of one table.</summary>
    public static TableSet Of(int table) => new(1UL << table);

    /// <summary>The tables <c>0 … count − 1</c>.</summary>
    public static TableSet First(int count) => new(count == Capacity ? ulong.MaxValue : (1UL << count) - 1);

    /// <summary>Union.</summary>
    public static TableSet operator |(TableSet left, TableSet right) => new(left.Bits | right.Bits);

    /// <summary>Intersection.</summary>
    public static TableSet operator &(TableSet left, TableSet right) => new(left.Bits & right.Bits);

    /// <summary>Difference.</summary>
    public static TableSet operator -(TableSet left, TableSet right) => new(left.Bits & ~right.Bits);

    /// <summary>True if the table is in the set.</summary>
    public bool Contains(int table) => (Bits >> table & 1) != 0;

    /// <summary>True if every table of this set is in the other.</summary>
    public bool IsSubsetOf(TableSet other) => (Bits & ~other.Bits) == 0;

    /// <summary>True if the sets share a table.</summary>
    public bool Overlaps(TableSet other) => (Bits & other.Bits) != 0;

    /// <summary>The tables, ascending.</summary>
    public IEnumerable<int> Tables()
    {
        for (ulong rest = Bits; rest != 0; rest &= rest - 1)
        {
            yield return BitOperations.TrailingZeroCount(rest);
        }
    }
}
