using System.Collections.Immutable;
using InferF.Plan.Query;

namespace InferF.Optimizer.Joins;

/// <summary>
/// Turns join blocks into executable trees: one streamed driver, everything else hashed, dimensions of dimensions joined inside the build
/// side, LEFT JOINs attached last. Rules and their proofs: <c>optimizer/docs/JoinTree.md</c>.
/// </summary>
internal sealed class JoinTreeBuilder
{
    // A build side may hold at most this many times the rows of its own largest table; beyond, its tables are probed one by one.
    private const double ExplosionLimit = 4;

    private readonly CardinalityEstimator _estimator;

    // Without it, a chain of exploding joins would be tried in two ways at every step.
    private readonly Dictionary<(TableSet Members, int Driver), JoinTree> _joined = [];

    private JoinTreeBuilder(CardinalityEstimator estimator) => _estimator = estimator;

    /// <summary>Builds the tree of a query's FROM and WHERE (not of its prediction filter).</summary>
    /// <param name="query">The query.</param>
    /// <param name="estimator">Row counts.</param>
    public static JoinTree Build(BoundQuery query, CardinalityEstimator estimator)
    {
        JoinBlock block = JoinBlock.Flatten(query.From, query.Filter);
        return new JoinTreeBuilder(estimator).BuildBlock(block, block.Members.MaxBy(estimator.RowsOf));
    }

    private JoinTree BuildBlock(JoinBlock block, int driver)
    {
        JoinTree tree = JoinMembers(block, block.Members.Aggregate(TableSet.Empty, (set, table) => set | TableSet.Of(table)), driver);
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

    // Joins `members` (connected by the block's equalities) starting from the driver.
    private JoinTree JoinMembers(JoinBlock block, TableSet members, int driver)
    {
        if (_joined.TryGetValue((members, driver), out JoinTree? known))
        {
            return known;
        }
        JoinTree tree = _estimator.Scan(driver);
        TableSet remaining = members - TableSet.Of(driver);
        while (!remaining.IsEmpty)
        {
            JoinTree? best = null;
            foreach (TableSet component in Components(block, remaining))
            {
                JoinTree? candidate = JoinComponent(block, tree, component);
                // Most reducing first: later joins then probe fewer rows.
                best = candidate is not null && (best is null || candidate.Rows < best.Rows) ? candidate : best;
            }
            tree = best ?? throw new InferFException(InferFErrorCode.Internal, $"The FROM clause is not connected by join keys. Table index {remaining.Tables().First()}.");
            remaining -= tree.Tables;
        }
        _joined.Add((members, driver), tree);
        return tree;
    }

    // Joins one connected component to the tree: as a whole if it hangs on one table and stays small, otherwise the best single table of it.
    private HashJoinTree? JoinComponent(JoinBlock block, JoinTree tree, TableSet component)
    {
        List<int> touching = [.. component.Tables().Where(table => !KeysBetween(block, tree.Tables, table).IsEmpty)];
        if (touching.Count == 1)
        {
            JoinTree build = JoinMembers(block, component, touching[0]);
            if (build.Rows <= ExplosionLimit * _estimator.LargestTable(build))
            {
                return _estimator.Join(JoinType.Inner, tree, build, KeysBetween(block, tree.Tables, touching[0]));
            }
        }
        return touching
            .Select(table => _estimator.Join(JoinType.Inner, tree, _estimator.Scan(table), KeysBetween(block, tree.Tables, table)))
            .MinBy(join => join.Rows);
    }

    private static ImmutableArray<HashKey> KeysBetween(JoinBlock block, TableSet probe, int build)
    {
        ImmutableArray<HashKey>.Builder keys = ImmutableArray.CreateBuilder<HashKey>();
        foreach (JoinKey key in block.Equalities)
        {
            HashKey? hashKey = key.Right.Table == build && probe.Contains(key.Left.Table) ? new HashKey(key.Left, key.Right)
                : key.Left.Table == build && probe.Contains(key.Right.Table) ? new HashKey(key.Right, key.Left)
                : null;
            if (hashKey is HashKey found && !keys.Contains(found))
            {
                keys.Add(found);
            }
        }
        return keys.ToImmutable();
    }

    private static List<TableSet> Components(JoinBlock block, TableSet tables)
    {
        List<TableSet> components = [];
        for (TableSet rest = tables; !rest.IsEmpty;)
        {
            TableSet component = TableSet.Of(rest.Tables().First());
            for (TableSet before = TableSet.Empty; before != component;)
            {
                before = component;
                foreach (JoinKey key in block.Equalities)
                {
                    TableSet pair = TableSet.Of(key.Left.Table) | TableSet.Of(key.Right.Table);
                    component = pair.IsSubsetOf(tables) && pair.Overlaps(component) ? component | pair : component;
                }
            }
            components.Add(component);
            rest -= component;
        }
        return components;
    }

    // An equality of two columns of one table can be no hash key; it filters.
    private static IEnumerable<ScalarExpr> SameTableEqualities(JoinBlock block) =>
        from key in block.Equalities
        where key.Left.Table == key.Right.Table
        select new ScalarCall(Plan.Proto.ScalarFunction.Equal, [new ScalarColumn(key.Left), new ScalarColumn(key.Right)]);

    private JoinTree Attach(JoinTree tree, LeftAttachment attachment)
    {
        TableSet leftTables = attachment.Keys.Aggregate(TableSet.Empty, (set, key) => set | TableSet.Of(key.Left.Table));
        List<int> touched = [.. attachment.Keys.Select(key => key.Right.Table).Distinct()];
        int driver = touched.Count == 1 ? touched[0] : attachment.Nullable.Members.MaxBy(_estimator.RowsOf);
        JoinTree nullable = BuildBlock(attachment.Nullable, driver);
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
            return build.Rows <= ExplosionLimit * _estimator.LargestTable(build) ? _estimator.Join(join.Type, join.Probe, build, join.Keys) : null;
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
