using System.Text.Json.Nodes;
using InferF.Plan;
using InferF.Plan.Query;

namespace InferF.Frontend.Sql;

/// <summary>Binds a FROM clause: finds its tables, resolves its join conditions and inlines its sub-queries.</summary>
internal sealed class FromBinder
{
    private const int MaxDepth = 200;

    private readonly BindingContext _context;
    private int _depth;

    /// <summary>Creates a binder.</summary>
    public FromBinder(BindingContext context)
    {
        _context = context;
    }

    /// <summary>Conditions of inlined sub-queries over several tables; they hold for the rows of the whole FROM clause.</summary>
    public List<JoinCondition> Conditions { get; } = [];

    /// <summary>Binds one item of the FROM clause.</summary>
    /// <param name="from">Its syntax tree.</param>
    /// <param name="nullable">True if an outer join above may extend its rows by NULLs.</param>
    public (JoinTree Tree, Scope Scope) Bind(JsonObject from, bool nullable)
    {
        if (++_depth > MaxDepth)
        {
            throw _context.Errors.Unsupported($"The FROM clause is nested more than {MaxDepth} levels deep.", SqlParser.FirstPosition(from));
        }
        if (from["sample"] is not null)
        {
            throw _context.Errors.Unsupported("TABLESAMPLE is not supported.", SqlParser.PositionOf(from));
        }
        (JoinTree, Scope) result = SyntaxTree.Text(from, "type") switch
        {
            "BASE_TABLE" => BindTable(from),
            "JOIN" => BindJoin(from, nullable),
            "SUBQUERY" => BindSubquery(from, nullable),
            "EMPTY" => throw _context.Errors.Unsupported("The query has no FROM clause.", 0),
            "TABLE_FUNCTION" when from["function"] is JsonObject function && PredictCall.Is(function) =>
                throw _context.Errors.Unsupported("predict(…) as a table must be the only item of the FROM clause; join inside of its sub-query.", SqlParser.PositionOf(from)),
            "TABLE_FUNCTION" => throw _context.Errors.Unsupported("Table functions are not supported; register the source as a table.", SqlParser.FirstPosition(from)),
            _ => throw _context.Errors.Unsupported("This item of the FROM clause is not supported.", SqlParser.FirstPosition(from)),
        };
        _depth--;
        return result;
    }

    /// <summary>Replaces column names by those of an alias list, <c>AS t(a, b)</c>.</summary>
    public static List<ScopeColumn> Rename(List<ScopeColumn> columns, JsonObject from, SqlError errors)
    {
        JsonArray names = from["column_name_alias"] as JsonArray ?? [];
        if (names.Count > columns.Count)
        {
            throw errors.At(InferFErrorCode.InvalidArgument, $"The alias list has {names.Count} names, but there are {columns.Count} columns.", SqlParser.PositionOf(from));
        }
        return [.. columns.Select((column, index) => index < names.Count ? column with { Name = names[index]!.GetValue<string>() } : column)];
    }

    private (JoinTree Tree, Scope Scope) BindTable(JsonObject from)
    {
        int? position = SqlParser.PositionOf(from);
        string name = string.Join('.', new[] { "catalog_name", "schema_name", "table_name" }.Select(part => SyntaxTree.Text(from, part)).Where(part => part.Length > 0));
        string alias = SyntaxTree.Text(from, "alias");
        alias = alias.Length > 0 ? alias : SyntaxTree.Text(from, "table_name");
        if (from["at_clause"] is not null)
        {
            throw _context.Errors.Unsupported("AT (…) is not supported.", position);
        }
        int table = _context.AddTable(name, alias, position);
        List<ScopeColumn> columns = [];
        foreach (CatalogColumn column in _context.Scans[table].Table.Columns)
        {
            columns.Add(new ScopeColumn(column.Name, new ColumnNode(table, new TableColumn(column.Name, null, column.Type), null)));
        }
        return (new TableLeaf(table), new Scope(_context.Errors, [new ScopeTable(alias, Rename(columns, from, _context.Errors))]));
    }

    private (JoinTree Tree, Scope Scope) BindSubquery(JsonObject from, bool nullable)
    {
        JsonObject node = from["subquery"]!["node"]!.AsObject();
        int? position = SqlParser.PositionOf(from) ?? SqlParser.FirstPosition(node);
        string alias = SyntaxTree.Text(from, "alias");
        BoundSelect inner = new SelectBinder(_context).Bind(node, isOuter: false);
        List<ScopeColumn> columns = inner.UniqueColumns();
        if (inner.From is TableLeaf leaf)
        {
            // Computed before any join, hence before NULL extension: each expression becomes a column of the table.
            foreach (JoinCondition condition in inner.Where)
            {
                _context.PushFilter(leaf.Table, condition.Expression!);
            }
            columns = [.. columns.Select(column => column with { Node = AsColumn(leaf.Table, column) })];
            _context.Scans[leaf.Table].Alias = alias.Length > 0 ? alias : _context.Scans[leaf.Table].Alias;
        }
        else
        {
            if (nullable)
            {
                throw _context.Errors.Unsupported("A sub-query over several tables on the optional side of an outer join is not supported. Join its tables in parentheses instead.", position);
            }
            Conditions.AddRange(inner.Where);
        }
        return (inner.From, new Scope(_context.Errors, [new ScopeTable(alias, Rename(columns, from, _context.Errors))]));
    }

    private static ColumnNode AsColumn(int table, ScopeColumn column)
    {
        return column.Node as ColumnNode ?? new ColumnNode(table, new TableColumn(column.Name, column.Node, null), null);
    }

    private (JoinTree Tree, Scope Scope) BindJoin(JsonObject from, bool nullable)
    {
        int? position = SqlParser.PositionOf(from) ?? SqlParser.FirstPosition(from["right"]);
        string type = SyntaxTree.Text(from, "join_type");
        string form = SyntaxTree.Text(from, "ref_type");
        if (type is not ("INNER" or "LEFT" or "RIGHT"))
        {
            throw _context.Errors.Unsupported($"{type} JOIN is not supported. Supported are INNER, LEFT and RIGHT JOIN.", position);
        }
        if (form is not ("REGULAR" or "NATURAL" or "CROSS"))
        {
            throw _context.Errors.Unsupported($"{form} JOIN is not supported. Supported are INNER, LEFT and RIGHT JOIN.", position);
        }
        (JoinTree left, Scope leftScope) = Bind(from["left"]!.AsObject(), nullable || type == "RIGHT");
        (JoinTree right, Scope rightScope) = Bind(from["right"]!.AsObject(), nullable || type == "LEFT");
        Scope scope = Scope.Join(leftScope, rightScope, _context.Errors, position);
        var conditions = new List<JoinCondition>();
        IEnumerable<string> shared = form == "NATURAL"
            ? [.. Scope.CommonNames(leftScope, rightScope)]
            : (from["using_columns"] as JsonArray ?? []).Select(name => name!.GetValue<string>());
        foreach (string name in shared)
        {
            SqlNode leftColumn = leftScope.Find(name, position) ?? throw MissingUsing(name, "left", leftScope, position);
            SqlNode rightColumn = rightScope.Find(name, position) ?? throw MissingUsing(name, "right", rightScope, position);
            conditions.Add(new JoinCondition((leftColumn, rightColumn), null, position));
            scope.Merge(name, leftScope, rightScope, keepRight: type == "RIGHT");
        }
        if (form == "NATURAL" && conditions.Count == 0)
        {
            throw _context.Errors.At(InferFErrorCode.UnknownName, "The sides of the NATURAL JOIN have no column in common.", position);
        }
        if (from["condition"] is JsonObject condition)
        {
            conditions.AddRange(JoinCondition.Split(new ExpressionBinder(_context, scope, allowPrediction: false).Bind(condition)));
        }
        return type == "RIGHT"
            ? (new JoinBranch(true, right, left, conditions, position), scope)
            : (new JoinBranch(type == "LEFT", left, right, conditions, position), scope);
    }

    private InferFException MissingUsing(string name, string side, Scope scope, int? position)
    {
        string hint = NearestName.Hint(name, scope.Expand(null, null).Select(column => column.Name));
        return _context.Errors.At(InferFErrorCode.UnknownName, $"The {side} side of the join has no column '{name}' named by USING.{hint}", _context.Errors.Find(name, position ?? 0) ?? position);
    }
}
