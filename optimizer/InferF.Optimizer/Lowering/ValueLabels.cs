using InferF.Optimizer.Analysis;
using InferF.Optimizer.Joins;
using InferF.Optimizer.Placement;
using InferF.Plan.Query;

namespace InferF.Optimizer.Lowering;

/// <summary>Names of plan values for reports.</summary>
internal static class ValueLabels
{
    /// <summary>Model operators a value comes from, whether it is a partial result, and the tables it depends on.</summary>
    public static string LabelOf(PlacedValue value, BoundQuery query)
    {
        string origin = value.Source.Operation is LoadOperation ? "features" : value.Source.Origin;
        string part = (value.IsPartial ? " partial" : "") + (value.IsNarrow ? " in half precision" : "");
        return $"{origin}{part} {{{Names(value.Tables, query)}}}".TrimStart();
    }

    /// <summary>Kind of operator, e.g. <c>Sum</c>.</summary>
    public static string OperatorOf(PlacedValue value) => value.Tree is PlacedTree tree ? OperatorOf(tree.Role) : value.IsNarrow ? "Narrow" : value.Source.Operation switch
    {
        SumOperation => "Sum",
        LoadOperation => "LoadColumns",
        ConcatOperation => "Concat",
        SliceOperation => "Slice",
        ApplyOperation apply => apply.Template.GetType().Name[..^"Expr".Length],
        _ => "",
    };

    private static string OperatorOf(TreeRole role) => role switch
    {
        TreeRole.Mask => "TreeMask",
        TreeRole.Intersection => "MaskAnd",
        TreeRole.Score => "TreeScore",
        _ => "TreeTraversal",
    };

    private static string Names(TableSet tables, BoundQuery query) => string.Join(", ", tables.Tables().Select(table => query.Tables[table].Alias));
}
