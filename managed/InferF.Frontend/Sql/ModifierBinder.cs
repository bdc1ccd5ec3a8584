using System.Collections.Immutable;
using System.Text.Json.Nodes;
using InferF.Plan.Query;

namespace InferF.Frontend.Sql;

/// <summary>Binds ORDER BY, LIMIT and OFFSET.</summary>
internal sealed class ModifierBinder
{
    private readonly BindingContext _context;
    private readonly BoundSelect _select;
    private readonly List<OutputItem> _outputs;
    private readonly Func<SqlNode, OutputSource> _output;
    private readonly int _visible;

    /// <summary>Creates a binder.</summary>
    /// <param name="context">The binding.</param>
    /// <param name="select">The SELECT they belong to.</param>
    /// <param name="outputs">Its outputs; ORDER BY adds hidden ones.</param>
    /// <param name="output">Turns an expression into an output.</param>
    public ModifierBinder(BindingContext context, BoundSelect select, List<OutputItem> outputs, Func<SqlNode, OutputSource> output)
    {
        (_context, _select, _outputs, _output, _visible) = (context, select, outputs, output, outputs.Count);
    }

    /// <summary>Binds ORDER BY.</summary>
    public ImmutableArray<OrderKey> Order(JsonObject node)
    {
        var keys = ImmutableArray.CreateBuilder<OrderKey>();
        foreach (JsonObject order in Modifiers(node, "ORDER_MODIFIER").SelectMany(modifier => modifier["orders"]!.AsArray()).Select(order => order!.AsObject()))
        {
            bool isDescending = SyntaxTree.Text(order, "type") == "DESCENDING";
            bool isNullsFirst = SyntaxTree.Text(order, "null_order") is "NULLS FIRST" or "ORDER_NULLS_FIRST";
            JsonObject expression = order["expression"]!.AsObject();
            IEnumerable<int> outputs = SyntaxTree.Text(expression, "class") == "STAR" ? Enumerable.Range(0, _visible) : [OrderOutput(expression)];
            keys.AddRange(outputs.Select(output => new OrderKey(output, isDescending, isNullsFirst)));
        }
        return keys.ToImmutable();
    }

    /// <summary>Binds LIMIT and OFFSET.</summary>
    public (long? Limit, long Offset) Limit(JsonObject node)
    {
        long? limit = null;
        long offset = 0;
        foreach (JsonObject modifier in Modifiers(node, "LIMIT_MODIFIER"))
        {
            limit = Count(modifier["limit"] as JsonObject, "LIMIT") ?? limit;
            offset = Count(modifier["offset"] as JsonObject, "OFFSET") ?? offset;
        }
        return (limit, offset);
    }

    private static IEnumerable<JsonObject> Modifiers(JsonObject node, string type)
    {
        return (node["modifiers"] as JsonArray ?? []).Select(modifier => modifier!.AsObject()).Where(modifier => SyntaxTree.Text(modifier, "type") == type);
    }

    private long? Count(JsonObject? expression, string clause)
    {
        if (expression is null)
        {
            return null;
        }
        if (SyntaxTree.Text(expression, "class") == "CONSTANT" && SyntaxTree.TryConstant(expression, out object? value))
        {
            switch (value)
            {
                case null:
                    return null;
                case long count when count >= 0:
                    return count;
                default:
                    throw _context.Errors.At(InferFErrorCode.InvalidArgument, $"{clause} must be a whole number, not negative.", SqlParser.FirstPosition(expression));
            }
        }
        throw _context.Errors.Unsupported($"{clause} must be a constant.", SqlParser.FirstPosition(expression));
    }

    private int OrderOutput(JsonObject expression)
    {
        int? position = SqlParser.FirstPosition(expression);
        if (SyntaxTree.Text(expression, "class") == "CONSTANT" && SyntaxTree.TryConstant(expression, out object? value) && value is long ordinal)
        {
            return ordinal >= 1 && ordinal <= _visible
                ? (int)ordinal - 1
                : throw _context.Errors.At(InferFErrorCode.InvalidArgument, $"ORDER BY {ordinal} is out of range: the query has {_visible} columns, numbered from 1.", position);
        }
        if (expression["column_names"] is JsonArray { Count: 1 } names)
        {
            string name = names[0]!.GetValue<string>();
            int alias = _outputs.FindIndex(0, _visible, output => string.Equals(output.Name, name, StringComparison.OrdinalIgnoreCase));
            if (alias >= 0)
            {
                return alias;
            }
        }
        SqlNode node = _select.Expressions.Bind(expression);
        OutputSource source = _output(node);
        int same = _outputs.FindIndex(output => output.Source.Equals(source));
        if (same >= 0)
        {
            return same;
        }
        _outputs.Add(new OutputItem($"__order{_outputs.Count - _visible}", source, Hidden: true));
        return _outputs.Count - 1;
    }
}
