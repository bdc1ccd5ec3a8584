using System.Collections.Immutable;
using System.Text.Json.Nodes;
using InferF.Plan.Query;

namespace InferF.Frontend.Sql;

/// <summary>A column of a table in the query: one of its source or, after inlining a sub-query, an expression over them.</summary>
/// <param name="Name">Exact name in the source; for an expression, its name in the sub-query.</param>
/// <param name="Definition">The expression, or null for a plain column.</param>
/// <param name="Type">Type of a plain column; null for an expression, whose type DuckDB tells on demand.</param>
internal sealed record TableColumn(string Name, SqlNode? Definition, ColumnType? Type);

/// <summary>An expression whose names are resolved. Immutable.</summary>
internal abstract class SqlNode
{
    private protected SqlNode(int? position, ImmutableSortedSet<int> tables, bool hasPrediction, long size = 1, int depth = 1)
    {
        (Position, Tables, HasPrediction, Size, Depth) = (position, tables, hasPrediction, size, depth);
    }

    /// <summary>Byte offset in the SQL text, if known.</summary>
    public int? Position { get; }

    /// <summary>Indices of the tables it reads directly (not through a prediction).</summary>
    public ImmutableSortedSet<int> Tables { get; }

    /// <summary>True if it contains the result of a model.</summary>
    public bool HasPrediction { get; }

    /// <summary>Nodes of the expression when everything it inlines is written out; doubles with every alias used twice.</summary>
    public long Size { get; }

    /// <summary>Levels of the expression when everything it inlines is written out.</summary>
    public int Depth { get; }

    /// <summary>The syntax tree over one table's columns, column names unqualified; needs an expression without predictions.</summary>
    public abstract JsonObject ToJson();
}

/// <summary>A column.</summary>
internal sealed class ColumnNode(int table, TableColumn column, int? position)
    : SqlNode(position, [table], hasPrediction: false, column.Definition?.Size ?? 1, column.Definition?.Depth ?? 1)
{
    /// <summary>Index of the table.</summary>
    public int Table { get; } = table;

    /// <summary>The column.</summary>
    public TableColumn Column { get; } = column;

    /// <inheritdoc/>
    public override JsonObject ToJson()
    {
        return Column.Definition is not null ? Column.Definition.ToJson() : SyntaxTree.ColumnReference(Column.Name);
    }
}

/// <summary>A prediction, one of its outputs, or one element of an output.</summary>
/// <param name="prediction">Index of the prediction.</param>
/// <param name="output">Index of the output; null for the whole result.</param>
/// <param name="element">Column of the output; null for all of them.</param>
/// <param name="position">Byte offset in the SQL text, if known.</param>
internal sealed class PredictionNode(int prediction, int? output, int? element, int? position) : SqlNode(position, [], hasPrediction: true)
{
    /// <summary>Index of the prediction.</summary>
    public int Prediction { get; } = prediction;

    /// <summary>Index of the output; null for the whole result.</summary>
    public int? Output { get; } = output;

    /// <summary>Column of the output; null for all of them.</summary>
    public int? Element { get; } = element;

    /// <inheritdoc/>
    public override JsonObject ToJson()
    {
        throw new InferFException(InferFErrorCode.Internal, "A prediction has no SQL text over a table.");
    }
}

/// <summary>Any other expression: its syntax tree with the sub-expressions resolved.</summary>
internal sealed class OperationNode : SqlNode
{
    private readonly JsonObject _tree;

    /// <summary>Creates a node.</summary>
    /// <param name="tree">The syntax tree; only the parts that are no sub-expressions are used.</param>
    /// <param name="children">The sub-expressions in the order of <see cref="SyntaxTree.Children"/>.</param>
    /// <param name="position">Byte offset in the SQL text, if known.</param>
    public OperationNode(JsonObject tree, ImmutableArray<SqlNode> children, int? position)
        : base(position, [.. children.SelectMany(child => child.Tables)], children.Any(child => child.HasPrediction),
            1 + children.Sum(child => child.Size), 1 + children.Select(child => child.Depth).DefaultIfEmpty().Max())
    {
        (_tree, Children) = (tree, children);
        Class = tree["class"]!.GetValue<string>();
        Type = tree["type"]!.GetValue<string>();
        Function = Class == "FUNCTION" ? tree["function_name"]!.GetValue<string>().ToLowerInvariant() : "";
    }

    /// <summary>Class of the syntax node, e.g. <c>COMPARISON</c>.</summary>
    public string Class { get; }

    /// <summary>Type of the syntax node, e.g. <c>COMPARE_EQUAL</c>.</summary>
    public string Type { get; }

    /// <summary>Name of the function in lower case; empty for other classes.</summary>
    public string Function { get; }

    /// <summary>Sub-expressions in syntax order.</summary>
    public ImmutableArray<SqlNode> Children { get; }

    /// <inheritdoc/>
    public override JsonObject ToJson()
    {
        int next = 0;
        return SyntaxTree.Rebuild(_tree, _ => Children[next++].ToJson());
    }

    /// <summary>Reads a constant.</summary>
    /// <param name="value">Null, bool, long, decimal, double or string.</param>
    /// <returns>False if this is no constant of these types.</returns>
    public bool TryConstant(out object? value)
    {
        value = null;
        if (Class == "CONSTANT")
        {
            return SyntaxTree.TryConstant(_tree, out value);
        }
        // The parser writes TRUE and FALSE as casts of 't' and 'f'.
        if (Class == "CAST" && _tree["cast_type"]?["id"]?.GetValue<string>() == "BOOLEAN" && Children[0] is OperationNode { Class: "CONSTANT" } text
            && text.TryConstant(out object? letter) && letter is "t" or "f")
        {
            value = letter is "t";
            return true;
        }
        return false;
    }
}
