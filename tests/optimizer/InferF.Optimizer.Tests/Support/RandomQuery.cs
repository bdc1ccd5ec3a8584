using System.Collections.Immutable;
using InferF.Plan.Proto;
using InferF.Plan.Query;
using ColumnRef = InferF.Plan.Query.ColumnRef;
using JoinKey = InferF.Plan.Query.JoinKey;
using JoinType = InferF.Plan.Query.JoinType;
using ScalarCall = InferF.Plan.Query.ScalarCall;

namespace InferF.Optimizer.Tests.Support;

/// <summary>Random FROM clauses (chains, stars, bushy trees, cycles through several keys, INNER and LEFT) and predicates over a <see cref="TinyDatabase"/>.</summary>
public sealed class RandomQuery(Random random)
{
    private static readonly ScalarFunction[] s_comparisons =
    [
        ScalarFunction.Equal, ScalarFunction.NotEqual, ScalarFunction.Less, ScalarFunction.LessOrEqual, ScalarFunction.Greater, ScalarFunction.GreaterOrEqual,
    ];

    public FromNode From(int tables)
    {
        bool star = random.Next(3) == 0;
        List<(FromNode Node, List<int> Tables)> parts = [.. Enumerable.Range(0, tables).Select(t => ((FromNode)new FromTable(t), new List<int> { t }))];
        while (parts.Count > 1)
        {
            int left = star ? 0 : random.Next(parts.Count);
            int right = (left + 1 + random.Next(parts.Count - 1)) % parts.Count;
            (FromNode Node, List<int> Tables) a = parts[left];
            (FromNode Node, List<int> Tables) b = parts[right];
            JoinType type = random.Next(5) < 2 ? JoinType.Left : JoinType.Inner;
            ImmutableArray<JoinKey> keys =
            [
                .. Enumerable.Range(0, random.Next(3) == 0 ? 2 : 1).Select(_ => new JoinKey(Key(star ? [0] : a.Tables), Key(b.Tables))),
            ];
            ScalarExpr? residual = type == JoinType.Inner && random.Next(6) == 0 ? Predicate([Pick(a.Tables), Pick(b.Tables)], 1) : null;
            (FromNode, List<int>) joined = (new FromJoin(type, a.Node, b.Node, keys, residual, 0), [.. a.Tables, .. b.Tables]);
            parts[left] = joined;
            parts.RemoveAt(right);
        }
        return parts[0].Node;
    }

    public ScalarExpr? Filter(int tables)
    {
        if (random.Next(2) == 0)
        {
            return null;
        }
        ScalarExpr[] conjuncts = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Predicate([random.Next(tables), random.Next(tables)], 2))];
        return conjuncts.Length == 1 ? conjuncts[0] : new ScalarCall(ScalarFunction.And, [.. conjuncts]);
    }

    private ScalarExpr Predicate(int[] tables, int depth)
    {
        switch (depth > 0 ? random.Next(9) : random.Next(6))
        {
            case 0:
                return new ScalarCall(ScalarFunction.IsNull, [Number(tables, depth)]);
            case 1:
                return new ScalarCall(ScalarFunction.IsNotNull, [Number(tables, depth)]);
            case 6:
                return new ScalarCall(ScalarFunction.Or, [Predicate(tables, depth - 1), Predicate(tables, depth - 1)]);
            case 7:
                return new ScalarCall(ScalarFunction.And, [Predicate(tables, depth - 1), Predicate(tables, depth - 1)]);
            case 8:
                return new ScalarCall(ScalarFunction.Not, [Predicate(tables, depth - 1)]);
            default:
                return new ScalarCall(s_comparisons[random.Next(s_comparisons.Length)], [Number(tables, depth), Number(tables, depth)]);
        }
    }

    private ScalarExpr Number(int[] tables, int depth)
    {
        switch (random.Next(depth > 0 ? 8 : 5))
        {
            case 0:
                return new ScalarLiteral((long)random.Next(3));
            case 5:
                return new ScalarCall(ScalarFunction.Coalesce, [Number(tables, 0), Number(tables, 0)]);
            case 6:
                return new ScalarCall(ScalarFunction.Divide, [Number(tables, 0), Number(tables, 0)]);
            case 7:
                return new ScalarCall(ScalarFunction.Subtract, [Number(tables, 0), Number(tables, 0)]);
            default:
                return new ScalarColumn(Key([.. tables]));
        }
    }

    private ColumnRef Key(List<int> tables) => new(Pick(tables), random.Next(3));

    private int Pick(List<int> tables) => tables[random.Next(tables.Count)];
}
