using System.Collections.Immutable;
using InferF.Optimizer.Cost;
using InferF.Plan.Query;

namespace InferF.Optimizer.Joins;

/// <summary>
/// Turns join blocks into executable trees: the inner joins of a block in the order that a <see cref="JoinOrder"/> chooses, LEFT JOINs attached after them,
/// filters as low as they may stand. Rules and their proofs: <c>optimizer/docs/JoinTree.md</c>.
/// </summary>
internal sealed class JoinTreeBuilder
{
    private readonly BoundQuery _query;
    private readonly CardinalityEstimator _estimator;
    private readonly JoinOrder _order;

    private JoinTreeBuilder(BoundQuery query, CardinalityEstimator estimator, JoinOrder order) => (_query, _estimator, _order) = (query, estimator, order);

    /// <summary>Builds the tree of a query's FROM and WHERE (not of its prediction filter), with the joins that cost least by the default constants.</summary>
    /// <param name="query">The query.</param>
    /// <param name="estimator">Row counts.</param>
    public static JoinTree Build(BoundQuery query, CardinalityEstimator estimator) =>
        Build(query, estimator, JoinOrder.Cheapest(new MachineJoinCost(MachineConstants.Default)));

    /// <summary>Builds the tree of a query's FROM and WHERE (not of its prediction filter).</summary>
    /// <param name="query">The query.</param>
    /// <param name="estimator">Row counts.</param>
    /// <param name="order">How the inner joins of every block are ordered.</param>
    public static JoinTree Build(BoundQuery query, CardinalityEstimator estimator, JoinOrder order) =>
        new JoinTreeBuilder(query, estimator, order).BuildBlock(JoinBlock.Flatten(query.From, query.Filter), isStreamed: true);

    private JoinTree BuildBlock(JoinBlock block, bool isStreamed)
    {
        JoinGraph graph = JoinGraph.Of(block, _query, _estimator);
        JoinTree tree = JoinMembers(block, graph, _order.Order(graph, isStreamed));
        foreach (LeftAttachment attachment in block.Attachments)
        {
            tree = Attach(tree, attachment);
        }
        foreach (ScalarExpr conjunct in block.Conjuncts.Concat(SameTableEqualities(block)))
        {
            tree = PushFilter(tree, conjunct, ScalarAnalysis.TablesOf(conjunct));
        }
        return tree;
    }

    private JoinTree JoinMembers(JoinBlock block, JoinGraph graph, JoinOrderNode order)
    {
        if (order.Probe is null || order.Build is null)
        {
            return _estimator.Scan(graph.TableOf(order.Driver));
        }
        JoinTree probe = JoinMembers(block, graph, order.Probe);
        JoinTree build = JoinMembers(block, graph, order.Build);
        return _estimator.Join(JoinType.Inner, probe, build, KeysBetween(block, probe.Tables, build.Tables));
    }

    // All equalities between two sides are one composite key.
    private static ImmutableArray<HashKey> KeysBetween(JoinBlock block, TableSet probe, TableSet build)
    {
        ImmutableArray<HashKey>.Builder keys = ImmutableArray.CreateBuilder<HashKey>();
        foreach (JoinKey key in block.Equalities)
        {
            HashKey? hashKey = build.Contains(key.Right.Table) && probe.Contains(key.Left.Table) ? new HashKey(key.Left, key.Right)
                : build.Contains(key.Left.Table) && probe.Contains(key.Right.Table) ? new HashKey(key.Right, key.Left)
                : null;
            if (hashKey is HashKey found && !keys.Contains(found))
            {
                keys.Add(found);
            }
        }
        return keys.ToImmutable();
    }

    // An equality of two columns of one table can be no hash key; it filters.
    private static IEnumerable<ScalarExpr> SameTableEqualities(JoinBlock block) =>
        from key in block.Equalities
        where key.Left.Table == key.Right.Table
        select new ScalarCall(Plan.Proto.ScalarFunction.Equal, [new ScalarColumn(key.Left), new ScalarColumn(key.Right)]);

    private JoinTree Attach(JoinTree tree, LeftAttachment attachment)
    {
        TableSet leftTables = attachment.Keys.Aggregate(TableSet.Empty, (set, key) => set | TableSet.Of(key.Left.Table));
        JoinTree nullable = BuildBlock(attachment.Nullable, isStreamed: false);
        ImmutableArray<HashKey> keys = [.. attachment.Keys.Select(key => new HashKey(key.Left, key.Right)).Distinct()];
        return AttachBelow(tree, leftTables, nullable, keys) ?? _estimator.Join(JoinType.Left, tree, nullable, keys);
    }

    // Nests the LEFT JOIN into the deepest build side that has all of its left key columns, or returns null if no build side has (or it
    // would grow too much). Valid below INNER, (A ⋈ B) ⟕ C on B = A ⋈ (B ⟕ C), and below LEFT, (A ⟕ B) ⟕ C on B = A ⟕ (B ⟕ C), because
    // the equalities are strict: where B is null-extended, C finds no match either.
    private JoinTree? AttachBelow(JoinTree tree, TableSet leftTables, JoinTree nullable, ImmutableArray<HashKey> keys)
    {
        if (tree is FilterTree filter)
        {
            return AttachBelow(filter.Input, leftTables, nullable, keys) is JoinTree input ? _estimator.Filter(input, filter.Predicate) : null;
        }
        if (tree is not HashJoinTree join)
        {
            return null;
        }
        if (leftTables.IsSubsetOf(join.Build.Tables))
        {
            JoinTree build = AttachBelow(join.Build, leftTables, nullable, keys) ?? _estimator.Join(JoinType.Left, join.Build, nullable, keys);
            return JoinOrderRules.MayBeHashed(build.Rows, _estimator.LargestTable(build), build.Tables.Count) ? _estimator.Join(join.Type, join.Probe, build, join.Keys) : null;
        }
        return leftTables.IsSubsetOf(join.Probe.Tables) && AttachBelow(join.Probe, leftTables, nullable, keys) is JoinTree probe
            ? _estimator.Join(join.Type, probe, join.Build, join.Keys)
            : null;
    }

    // A filter passes both sides of an inner join and the kept side of a LEFT JOIN, nothing else.
    private JoinTree PushFilter(JoinTree tree, ScalarExpr predicate, TableSet tables) => tree switch
    {
        FilterTree filter => _estimator.Filter(PushFilter(filter.Input, predicate, tables), filter.Predicate),
        HashJoinTree join when !tables.IsEmpty && tables.IsSubsetOf(join.Probe.Tables) =>
            _estimator.Join(join.Type, PushFilter(join.Probe, predicate, tables), join.Build, join.Keys),
        HashJoinTree { Type: JoinType.Inner } join when !tables.IsEmpty && tables.IsSubsetOf(join.Build.Tables) =>
            _estimator.Join(join.Type, join.Probe, PushFilter(join.Build, predicate, tables), join.Keys),
        _ => _estimator.Filter(tree, predicate),
    };
}
