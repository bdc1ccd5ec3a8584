using System.Text.Json.Nodes;
using InferF.Plan.Model;

namespace InferF.Frontend.Sql;

/// <summary>A SELECT with names resolved.</summary>
/// <param name="From">Its tables.</param>
/// <param name="Expressions">Resolves further expressions, such as those of ORDER BY.</param>
/// <param name="Items">The SELECT list, <c>*</c> expanded.</param>
/// <param name="Where">Conjuncts of WHERE, including those of inlined sub-queries.</param>
internal sealed record BoundSelect(JoinTree From, ExpressionBinder Expressions, List<ScopeColumn> Items, List<JoinCondition> Where)
{
    /// <summary>The items under unique names, as DuckDB names the columns of a sub-query: the second <c>a</c> is <c>a_1</c>.</summary>
    public List<ScopeColumn> UniqueColumns()
    {
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var columns = new List<ScopeColumn>();
        foreach (ScopeColumn item in Items)
        {
            string name = item.Name;
            for (int suffix = 1; !taken.Add(name); suffix++)
            {
                name = $"{item.Name}_{suffix}";
            }
            columns.Add(item with { Name = name });
        }
        return columns;
    }
}

/// <summary>Binds a SELECT: FROM first, then the SELECT list, then WHERE.</summary>
internal sealed class SelectBinder
{
    private readonly BindingContext _context;

    /// <summary>Creates a binder.</summary>
    public SelectBinder(BindingContext context)
    {
        _context = context;
    }

    /// <summary>Binds a SELECT.</summary>
    /// <param name="node">Its syntax tree.</param>
    /// <param name="isOuter">True for the statement itself, which may call models, sort and limit; false for a sub-query.</param>
    public BoundSelect Bind(JsonObject node, bool isOuter)
    {
        new ClauseRules(_context.Errors).Check(node, isOuter);
        JsonObject fromTree = node["from_table"]!.AsObject();
        var where = new List<JoinCondition>();
        (JoinTree from, Scope scope) = isOuter && SyntaxTree.Text(fromTree, "type") == "TABLE_FUNCTION" && PredictCall.Is(fromTree["function"]!.AsObject())
            ? BindPredictTable(fromTree, where)
            : BindFrom(fromTree, where);
        var expressions = new ExpressionBinder(_context, scope, allowPrediction: isOuter);
        var items = new List<ScopeColumn>();
        foreach (JsonNode? item in node["select_list"]!.AsArray())
        {
            BindItem(item!.AsObject(), scope, expressions, items);
        }
        if (node["where_clause"] is JsonObject condition)
        {
            where.AddRange(JoinCondition.Split(expressions.Bind(condition)));
        }
        return new BoundSelect(from, expressions, items, where);
    }

    private (JoinTree From, Scope Scope) BindFrom(JsonObject from, List<JoinCondition> where)
    {
        var binder = new FromBinder(_context);
        (JoinTree tree, Scope scope) = binder.Bind(from, nullable: false);
        _context.Nullable.UnionWith(tree.Nullable);
        where.AddRange(binder.Conditions);
        return (tree, scope);
    }

    // FROM predict('m', (SELECT …)) AS p: the sub-query's columns and the model's outputs, all under one alias.
    private (JoinTree From, Scope Scope) BindPredictTable(JsonObject from, List<JoinCondition> where)
    {
        JsonObject call = from["function"]!.AsObject();
        int? position = SqlParser.PositionOf(call) ?? SqlParser.PositionOf(from);
        ModelGraph model = PredictCall.Model(_context, call);
        JsonArray arguments = call["children"]!.AsArray();
        if (arguments.Count != 2 || SyntaxTree.Text(arguments[1]!.AsObject(), "class") != "SUBQUERY")
        {
            throw _context.Errors.At(InferFErrorCode.InvalidArgument, "As a table, predict takes a model and a sub-query: FROM predict('model', (SELECT …)).", position);
        }
        BoundSelect inner = Bind(arguments[1]!["subquery"]!["node"]!.AsObject(), isOuter: false);
        where.AddRange(inner.Where);
        List<ScopeColumn> columns = inner.UniqueColumns();
        var inputs = new Scope(_context.Errors, [new ScopeTable("", columns)]);
        PredictionNode prediction = new PredictCall(_context, inputs).BindAll(model, position);
        columns.AddRange(model.Columns.Select(column => new ScopeColumn(column.Name, new PredictionNode(prediction.Prediction, column.Output, column.Element, position))));
        string alias = SyntaxTree.Text(from, "alias");
        var table = new ScopeTable(alias.Length > 0 ? alias : "predict", FromBinder.Rename(columns, from, _context.Errors));
        return (inner.From, new Scope(_context.Errors, [table]));
    }

    private void BindItem(JsonObject item, Scope scope, ExpressionBinder expressions, List<ScopeColumn> items)
    {
        if (SyntaxTree.Text(item, "class") == "STAR")
        {
            BindStar(item, scope, expressions, items);
            return;
        }
        string alias = SyntaxTree.Text(item, "alias");
        item["alias"] = "";
        SqlNode node = expressions.Bind(item);
        items.Add(new ScopeColumn(alias.Length > 0 ? alias : NameOf(item, node, scope), node));
        if (alias.Length > 0)
        {
            expressions.AddAlias(alias, node);
        }
    }

    private void BindStar(JsonObject star, Scope scope, ExpressionBinder expressions, List<ScopeColumn> items)
    {
        int? position = SqlParser.PositionOf(star);
        string relation = SyntaxTree.Text(star, "relation_name");
        if (star["columns"]?.GetValue<bool>() == true || star["expr"] is not null || star["rename_list"] is JsonArray { Count: > 0 }
            || star["qualified_exclude_list"] is JsonArray { Count: > 0 })
        {
            throw _context.Errors.Unsupported("This form of '*' is not supported. Supported are *, table.*, EXCLUDE and REPLACE.", position);
        }
        HashSet<string> excluded = new((star["exclude_list"] as JsonArray ?? []).Select(name => name!.GetValue<string>()), StringComparer.OrdinalIgnoreCase);
        Dictionary<string, JsonObject> replaced = new(StringComparer.OrdinalIgnoreCase);
        foreach (JsonNode? entry in star["replace_list"] as JsonArray ?? [])
        {
            replaced[entry!["key"]!.GetValue<string>()] = entry["value"]!.AsObject();
        }
        ScopeColumn[] columns = [.. scope.Expand(relation.Length > 0 ? relation : null, position)];
        foreach (string name in excluded.Concat(replaced.Keys))
        {
            if (!columns.Any(column => string.Equals(column.Name, name, StringComparison.OrdinalIgnoreCase)))
            {
                throw scope.UnknownColumn(name, relation.Length > 0 ? scope.FindTable(relation) : null, _context.Errors.Find(name, position ?? 0) ?? position);
            }
        }
        foreach (ScopeColumn column in columns.Where(column => !excluded.Contains(column.Name)))
        {
            items.Add(replaced.TryGetValue(column.Name, out JsonObject? replacement) ? Replace(column, replacement, expressions) : column);
        }
    }

    private static ScopeColumn Replace(ScopeColumn column, JsonObject replacement, ExpressionBinder expressions)
    {
        replacement["alias"] = "";
        return column with { Node = expressions.Bind(replacement) };
    }

    // Names of unnamed items are DuckDB's, except that a prediction is not named by its long call.
    private string NameOf(JsonObject item, SqlNode node, Scope scope)
    {
        switch (SyntaxTree.Text(item, "class"))
        {
            case "COLUMN_REF":
                string written = item["column_names"]!.AsArray()[^1]!.GetValue<string>();
                return scope.Tables.SelectMany(table => table.Find(written)).FirstOrDefault()?.Name ?? written;
            case "FUNCTION" when PredictCall.Is(item):
                return "predict";
            default:
                return node is PredictionNode { Output: int output, Element: null } prediction
                    ? _context.Predictions[prediction.Prediction].Model.Outputs[output].Name
                    : _context.ToText(item);
        }
    }
}
