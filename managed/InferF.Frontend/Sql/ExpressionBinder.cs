using System.Collections.Immutable;
using System.Text.Json.Nodes;
using InferF.Plan;
using InferF.Plan.Model;
using InferF.Plan.Query;

namespace InferF.Frontend.Sql;

/// <summary>Resolves the names of an expression and refuses what the engine and a scan cannot evaluate row by row.</summary>
internal sealed class ExpressionBinder
{
    // Left-nested operators nest the tree; this bounds recursion well before the stack does. DuckDB's own limit is 1000.
    private const int MaxDepth = 600;

    // Aliases and sub-queries are inlined where they are used, so that a short text can stand for an exponentially large expression.
    private const long MaxSize = 100_000;

    private static readonly HashSet<string> s_valueFunctions = new(StringComparer.OrdinalIgnoreCase)
    {
        "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp",
    };

    private readonly BindingContext _context;
    private readonly Scope _scope;
    private readonly bool _allowPrediction;
    private readonly Dictionary<string, SqlNode> _aliases = new(StringComparer.OrdinalIgnoreCase);
    private int _depth;

    /// <summary>Creates a binder.</summary>
    /// <param name="context">The binding.</param>
    /// <param name="scope">Names in reach.</param>
    /// <param name="allowPrediction">False where a model may not be called: ON conditions, sub-queries, arguments of a model.</param>
    public ExpressionBinder(BindingContext context, Scope scope, bool allowPrediction)
    {
        (_context, _scope, _allowPrediction) = (context, scope, allowPrediction);
    }

    /// <summary>Makes an output reachable by its alias where no column has this name.</summary>
    public void AddAlias(string alias, SqlNode node)
    {
        _aliases.TryAdd(alias, node);
    }

    /// <summary>Finds an output by its alias.</summary>
    public SqlNode? FindAlias(string alias)
    {
        return _aliases.GetValueOrDefault(alias);
    }

    /// <summary>Resolves an expression.</summary>
    /// <exception cref="InferFException">A name does not resolve, or the expression is not supported.</exception>
    public SqlNode Bind(JsonObject tree)
    {
        if (++_depth > MaxDepth)
        {
            throw _context.Errors.Unsupported($"The expression is nested more than {MaxDepth} levels deep.", SqlParser.FirstPosition(tree));
        }
        SqlNode node = BindNode(tree);
        if (node.Size > MaxSize || node.Depth > MaxDepth)
        {
            throw _context.Errors.Unsupported("The expression is too large with its aliases and sub-queries written out.", node.Position ?? SqlParser.FirstPosition(tree));
        }
        _depth--;
        return node;
    }

    private SqlNode BindNode(JsonObject tree)
    {
        switch (SyntaxTree.Text(tree, "class"))
        {
            case "COLUMN_REF":
                return BindColumn(tree);
            case "FUNCTION":
                return BindFunction(tree);
            case "SUBQUERY":
                throw Unsupported("Sub-queries in expressions are not supported", tree);
            case "WINDOW":
                throw Unsupported("Window functions are not supported", tree);
            case "PARAMETER":
                throw Unsupported("Parameters are not supported", tree);
            case "LAMBDA":
                throw Unsupported("Lambda expressions and the -> operator are not supported", tree);
            case "STAR":
                throw Unsupported(tree["columns"]?.GetValue<bool>() == true ? "COLUMNS(…) is not supported" : "'*' is not supported inside of an expression", tree);
            case "DEFAULT" or "POSITIONAL_REFERENCE" or "LAMBDA_REF":
                throw Unsupported("This kind of expression is not supported", tree);
            default:
                return BindOperation(tree);
        }
    }

    private SqlNode BindOperation(JsonObject tree)
    {
        ImmutableArray<SqlNode> children = [.. SyntaxTree.Children(tree).Select(Bind)];
        int? position = SqlParser.PositionOf(tree) ?? FirstPosition(children);
        if (SyntaxTree.Text(tree, "type") is "STRUCT_EXTRACT" or "ARRAY_EXTRACT" && children[0] is PredictionNode prediction)
        {
            object? key = null;
            bool isConstant = children[1] is OperationNode selector && selector.TryConstant(out key);
            return Extract(prediction, isConstant ? key : null, position);
        }
        return new OperationNode(tree, children, position);
    }

    private SqlNode BindFunction(JsonObject tree)
    {
        string function = SyntaxTree.Text(tree, "function_name");
        if (PredictCall.Is(tree))
        {
            return _allowPrediction
                ? new PredictCall(_context, _scope, _aliases).Bind(tree)
                : throw Unsupported("predict(…) is not supported here: it can stand in the SELECT list, in WHERE and in ORDER BY of the outer query", tree);
        }
        if (_context.IsAggregate(function) || tree["filter"] is not null || tree["distinct"]?.GetValue<bool>() == true)
        {
            throw Unsupported($"The aggregate function {function}(…) is not supported", tree);
        }
        if (_context.IsVolatile(function))
        {
            throw Unsupported($"The function {function}(…) is not supported because its result differs from call to call", tree);
        }
        return BindOperation(tree);
    }

    private SqlNode BindColumn(JsonObject tree)
    {
        string[] names = [.. tree["column_names"]!.AsArray().Select(name => name!.GetValue<string>())];
        int? position = SqlParser.PositionOf(tree);
        if (names.Length > 1 && _scope.FindTable(names[0]) is { } table)
        {
            SqlNode column = _scope.Find(table, names[1], position) ?? throw _scope.UnknownColumn(names[1], table, position);
            return Fields(column, names.AsSpan(2), position);
        }
        SqlNode? found = _scope.Find(names[0], position) ?? _aliases.GetValueOrDefault(names[0]);
        if (found is null)
        {
            if (names.Length == 1 && s_valueFunctions.Contains(names[0]))
            {
                return new OperationNode(tree, [], position);
            }
            throw names.Length == 1 ? _scope.UnknownColumn(names[0], null, position) : _scope.UnknownTable(names[0], position);
        }
        return Fields(At(found, position), names.AsSpan(1), position);
    }

    private SqlNode Fields(SqlNode node, ReadOnlySpan<string> fields, int? position)
    {
        SqlNode result = At(node, position);
        foreach (string field in fields)
        {
            if (result is PredictionNode prediction)
            {
                result = Extract(prediction, field, position);
                continue;
            }
            JsonObject tree = SyntaxTree.StructExtract(field);
            result = new OperationNode(tree, [result, new OperationNode(SyntaxTree.Constant(field), [], position)], position);
        }
        return result;
    }

    // A column carries the position of its use, so that errors point there.
    private static SqlNode At(SqlNode node, int? position)
    {
        return node switch
        {
            ColumnNode column => new ColumnNode(column.Table, column.Column, position),
            PredictionNode prediction => new PredictionNode(prediction.Prediction, prediction.Output, prediction.Element, position),
            _ => node,
        };
    }

    private PredictionNode Extract(PredictionNode node, object? key, int? position)
    {
        Prediction prediction = _context.Predictions[node.Prediction];
        ImmutableArray<ModelOutput> outputs = prediction.Model.Outputs;
        int? at = position ?? node.Position;
        if (key is string field)
        {
            return Field(node, prediction.Model, field)
                ?? throw _context.Errors.At(InferFErrorCode.UnknownName,
                    $"Model '{prediction.Model.Name}' has no output '{field}' here.{NearestName.Hint(field, prediction.Model.Columns.Select(column => column.Name))}", at);
        }
        if (key is long index && node.Element is null && (node.Output is not null || outputs.Length == 1))
        {
            int width = outputs[node.Output ?? 0].Expression.Width;
            return index >= 1 && index <= width
                ? new PredictionNode(node.Prediction, node.Output ?? 0, (int)index - 1, node.Position)
                : throw _context.Errors.At(InferFErrorCode.InvalidArgument, $"The index {index} is out of range: the output has {width} columns, numbered from 1.", at);
        }
        throw _context.Errors.Unsupported("An element of a prediction is taken by the constant name of an output or the constant index of a column.", at);
    }

    // p.output, p.class of a ZipMap, or p.output.class.
    private static PredictionNode? Field(PredictionNode node, ModelGraph model, string field)
    {
        if (node.Element is not null)
        {
            return null;
        }
        if (node.Output is { } zipped)
        {
            string[] classes = [.. model.Outputs[zipped].ClassNames];
            int element = Array.FindIndex(classes, name => string.Equals(name, field, StringComparison.Ordinal));
            element = element >= 0 ? element : Array.FindIndex(classes, name => string.Equals(name, field, StringComparison.OrdinalIgnoreCase));
            return element >= 0 ? new PredictionNode(node.Prediction, zipped, element, node.Position) : null;
        }
        foreach (ModelColumn column in model.Columns.Where(column => string.Equals(column.Name, field, StringComparison.OrdinalIgnoreCase)))
        {
            return new PredictionNode(node.Prediction, column.Output, column.Element, node.Position);
        }
        int output = model.Outputs.ToList().FindIndex(candidate => string.Equals(candidate.Name, field, StringComparison.OrdinalIgnoreCase));
        return output >= 0 ? new PredictionNode(node.Prediction, output, null, node.Position) : null;
    }

    private static int? FirstPosition(ImmutableArray<SqlNode> children)
    {
        return children.Select(child => child.Position).FirstOrDefault(position => position is not null);
    }

    private InferFException Unsupported(string what, JsonObject tree)
    {
        return _context.Errors.Unsupported(what + ".", SqlParser.FirstPosition(tree));
    }
}
