using InferF.Plan.Physical;
using InferF.Plan.Proto;

namespace InferF.Optimizer.Tests.Support;

/// <summary>Fluent assertions on the shape of a plan: <c>PlanMatcher.Inner(PlanMatcher.Scan("f"), PlanMatcher.Scan("d")).Match(plan)</c>.</summary>
public sealed class PlanMatcher
{
    private readonly string _text;

    private PlanMatcher(string text) => _text = text;

    public static PlanMatcher Scan(string alias) => new(alias);

    public static PlanMatcher Inner(PlanMatcher probe, PlanMatcher build) => new($"inner({probe._text}, {build._text})");

    public static PlanMatcher Left(PlanMatcher probe, PlanMatcher build) => new($"left({probe._text}, {build._text})");

    public static PlanMatcher Filter(PlanMatcher input) => new($"filter({input._text})");

    public void Match(PhysicalPlan plan) => Assert.Equal(_text, Describe(plan.Fragment, plan.Fragment.Nodes.Count - 1));

    /// <summary>Kinds of the values computed at the scan of a table (or the filter on it), in order.</summary>
    public static string[] ValuesOver(PhysicalPlan plan, params string[] aliases)
    {
        HashSet<string> wanted = [.. aliases];
        return [.. plan.Fragment.Values.Where(value => wanted.SetEquals(TablesBelow(plan.Fragment, (int)value.Node))).Select(value => value.KindCase.ToString())];
    }

    private static IEnumerable<string> TablesBelow(PlanFragment fragment, int node)
    {
        RelationalNode relation = fragment.Nodes[node];
        return relation.KindCase switch
        {
            RelationalNode.KindOneofCase.Scan => [fragment.Tables[(int)relation.Scan.Table].Name],
            RelationalNode.KindOneofCase.Filter => TablesBelow(fragment, (int)relation.Filter.Input),
            _ => TablesBelow(fragment, (int)relation.HashJoin.Probe).Concat(TablesBelow(fragment, (int)relation.HashJoin.Build)),
        };
    }

    private static string Describe(PlanFragment fragment, int node)
    {
        RelationalNode relation = fragment.Nodes[node];
        return relation.KindCase switch
        {
            RelationalNode.KindOneofCase.Scan => fragment.Tables[(int)relation.Scan.Table].Name,
            RelationalNode.KindOneofCase.Filter => $"filter({Describe(fragment, (int)relation.Filter.Input)})",
            _ => $"{relation.HashJoin.Type.ToString().ToLowerInvariant()}({Describe(fragment, (int)relation.HashJoin.Probe)}, {Describe(fragment, (int)relation.HashJoin.Build)})",
        };
    }
}
