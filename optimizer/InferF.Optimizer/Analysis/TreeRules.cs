using System.Collections.Immutable;
using InferF.Optimizer.Joins;
using InferF.Plan.Model;
using Proto = InferF.Plan.Proto;

namespace InferF.Optimizer.Analysis;

/// <summary>The tests of an ensemble on the features of some tables.</summary>
/// <param name="Tables">The tables.</param>
/// <param name="Features">The features.</param>
/// <param name="FirstFeature">Where they begin among the features of <see cref="TreeOperation.Grouped"/>.</param>
/// <param name="Tests">Number of tests.</param>
internal sealed record TreeGroup(TableSet Tables, ModelValue Features, int FirstFeature, int Tests);

/// <summary>Scores of a tree ensemble: by leaf masks of groups of features, or by walking the trees over all features.</summary>
/// <param name="Grouped">The ensemble over the features of the groups, one group after the other.</param>
/// <param name="Parts">The groups.</param>
/// <param name="Whole">The features in one piece, for walking.</param>
/// <param name="WholeEnsemble">The ensemble over <paramref name="Whole"/>.</param>
/// <param name="Untested">Columns that no tree tests but whose NULLs are errors.</param>
internal sealed record TreeOperation(
    TreeEnsemble Grouped, ImmutableArray<TreeGroup> Parts, ModelValue Whole, TreeEnsemble WholeEnsemble, ImmutableArray<ModelValue> Untested) : GroupedOperation
{
    /// <inheritdoc/>
    public override ImmutableArray<TableSet> Groups { get; } = [.. Parts.Select(part => part.Tables)];

    /// <summary>Words of a mask.</summary>
    public int MaskWords { get; } = checked((int)Grouped.MaskWords);

    /// <summary>The group of some tables.</summary>
    public TreeGroup Part(TableSet group) => Parts.First(part => part.Tables == group);

    /// <inheritdoc/>
    public override ImmutableArray<ModelValue> InputsOf(TableSet group) => [Part(group).Features];
}

/// <summary>
/// The rule of tree ensembles, <c>Concat → Mask</c>: the tests on one table's features leave a mask of possible leaves, the masks of all tables meet by AND, and
/// the first leaf left is the exit leaf (Lucchese et al., "QuickScorer", SIGIR 2015). Exact: exit leaves are those of the ordinary walk.
/// </summary>
internal static class TreeRules
{
    // Rows of masks wider than this are not worth a thought: walking such trees touches far fewer bytes. (The engine's limit is 16 times higher.)
    private const long MostMaskWords = 1 << 16;

    /// <summary>Applies an ensemble to blocks of features.</summary>
    public static ConcatForm Apply(ValueFactory factory, TreeEnsembleExpr expression, ConcatForm argument)
    {
        TreeEnsemble ensemble = expression.Ensemble;
        int[] testsByFeature = new int[ensemble.NumFeatures];
        foreach (TreeNode node in ensemble.Nodes)
        {
            testsByFeature[node.Feature]++;
        }
        List<Block> blocks = BlocksOf(argument, testsByFeature);
        List<IGrouping<TableSet, Block>> groups = [.. blocks.GroupBy(block => block.Value.Tables)];
        // What depends on all tables is computed above the joins anyway, perhaps because it can fail; it stays.
        List<IGrouping<TableSet, Block>> tested = [.. groups.Where(group => group.Key == factory.AllTables || group.Sum(block => block.Tests) > 0)];
        if (groups.Count == 1 || tested.Count == 0 || ensemble.MaskWords > MostMaskWords)
        {
            return ConcatForm.Local(factory.Apply(expression, factory.Concat(argument.Blocks, argument.Whole, expression.Arguments[0].Origin)));
        }
        ImmutableArray<ModelValue> untested = [.. groups.Except(tested).SelectMany(group => group).SelectMany(block => LoadsThatMustNotBeNull(block.Value)).Distinct()];
        (TreeEnsemble grouped, ImmutableArray<TreeGroup> parts) = Regroup(factory, expression, tested);
        if (parts.Length == 1 && untested.IsEmpty)
        {
            ModelValue features = parts[0].Features;
            TreeEnsembleExpr local = new(new InputExpr(0, features.Type, features.Width), grouped, expression.Type) { Origin = expression.Origin };
            return ConcatForm.Local(factory.Apply(local, features));
        }
        TableSet tables = parts.Select(part => part.Tables).Concat(untested.Select(load => load.Tables)).Aggregate((left, right) => left | right);
        bool usesWhole = argument.Whole.Tables.IsSubsetOf(tables);
        ModelValue whole = usesWhole ? argument.Whole : factory.Concat(parts.Select(part => part.Features), null, expression.Origin);
        TreeOperation operation = new(grouped, parts, whole, usesWhole ? ensemble : grouped, untested);
        return ConcatForm.Local(new ModelValue(operation, expression.Type, expression.Width, tables, [.. parts.Select(part => part.Features)], expression.Origin));
    }

    private static List<Block> BlocksOf(ConcatForm argument, int[] testsByFeature)
    {
        List<Block> blocks = [];
        int start = 0;
        foreach (ModelValue value in argument.Blocks)
        {
            blocks.Add(new Block(value, start, testsByFeature.AsSpan(start, value.Width).ToArray().Sum()));
            start += value.Width;
        }
        return blocks;
    }

    // The features of one table may be scattered over the model's input: an ensemble over reordered features makes them one block.
    private static (TreeEnsemble Grouped, ImmutableArray<TreeGroup> Parts) Regroup(
        ValueFactory factory, TreeEnsembleExpr expression, List<IGrouping<TableSet, Block>> groups)
    {
        int[] positions = new int[expression.Ensemble.NumFeatures];
        ImmutableArray<TreeGroup>.Builder parts = ImmutableArray.CreateBuilder<TreeGroup>(groups.Count);
        int first = 0;
        bool isSame = true;
        foreach (IGrouping<TableSet, Block> group in groups)
        {
            ModelValue features = factory.Concat(group.Select(block => block.Value), null, expression.Origin);
            parts.Add(new TreeGroup(group.Key, features, first, group.Sum(block => block.Tests)));
            foreach (Block block in group)
            {
                isSame &= block.Start == first;
                for (int i = 0; i < block.Value.Width; i++)
                {
                    positions[block.Start + i] = first++;
                }
            }
        }
        TreeEnsemble ensemble = expression.Ensemble;
        return (isSame && first == ensemble.NumFeatures ? ensemble : ensemble.WithFeatures(first, positions), parts.MoveToImmutable());
    }

    private static List<ModelValue> LoadsThatMustNotBeNull(ModelValue root)
    {
        List<ModelValue> loads = [];
        HashSet<ModelValue> visited = [];
        Stack<ModelValue> stack = new([root]);
        while (stack.TryPop(out ModelValue? value))
        {
            if (!visited.Add(value))
            {
                continue;
            }
            if (value.Operation is LoadOperation { Nulls: Proto.NullPolicy.Error })
            {
                loads.Add(value);
            }
            foreach (ModelValue argument in value.Arguments)
            {
                stack.Push(argument);
            }
        }
        return loads;
    }

    private readonly record struct Block(ModelValue Value, int Start, int Tests);
}
