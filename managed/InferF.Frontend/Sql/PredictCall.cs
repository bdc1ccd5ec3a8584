using System.Collections.Immutable;
using System.Text.Json.Nodes;
using InferF.Plan;
using InferF.Plan.Model;
using InferF.Plan.Query;

namespace InferF.Frontend.Sql;

/// <summary>Binds the arguments of <c>predict('model', …)</c> to the inputs of the model.</summary>
internal sealed class PredictCall
{
    private const string Forms = "Write predict('model', *), predict('model', input := expression, …) or predict('model', [expression, …]).";

    private readonly BindingContext _context;
    private readonly Scope _scope;
    private readonly ExpressionBinder _arguments;

    /// <summary>Creates a binder of calls.</summary>
    /// <param name="context">The binding.</param>
    /// <param name="scope">Names in reach.</param>
    /// <param name="aliases">Outputs of the query that arguments may refer to by alias.</param>
    public PredictCall(BindingContext context, Scope scope, IReadOnlyDictionary<string, SqlNode>? aliases = null)
    {
        (_context, _scope, _arguments) = (context, scope, new ExpressionBinder(context, scope, allowPrediction: false));
        foreach ((string alias, SqlNode node) in aliases ?? ImmutableDictionary<string, SqlNode>.Empty)
        {
            _arguments.AddAlias(alias, node);
        }
    }

    /// <summary>True for a call of <c>predict</c>.</summary>
    public static bool Is(JsonObject function)
    {
        return string.Equals(SyntaxTree.Text(function, "function_name"), "predict", StringComparison.OrdinalIgnoreCase) && SyntaxTree.Text(function, "schema").Length == 0;
    }

    /// <summary>The model that a call names.</summary>
    public static ModelGraph Model(BindingContext context, JsonObject call)
    {
        JsonObject? first = call["children"]!.AsArray().FirstOrDefault()?.AsObject();
        if (first is not null && SyntaxTree.Text(first, "class") == "CONSTANT" && SyntaxTree.Text(first, "alias").Length == 0
            && SyntaxTree.TryConstant(first, out object? value) && value is string name)
        {
            return context.FindModel(name, SqlParser.PositionOf(first));
        }
        throw context.Errors.At(InferFErrorCode.InvalidArgument, "The first argument of predict is the name of a model as a text constant.",
            first is null ? SqlParser.PositionOf(call) : SqlParser.FirstPosition(first));
    }

    /// <summary>Binds a scalar call.</summary>
    public PredictionNode Bind(JsonObject call)
    {
        int? position = SqlParser.PositionOf(call);
        ModelGraph model = Model(_context, call);
        var bound = new IReadOnlyList<SqlNode>?[model.Inputs.Length];
        JsonObject? star = null;
        foreach (JsonObject argument in call["children"]!.AsArray().Skip(1).Select(child => child!.AsObject()))
        {
            string name = SyntaxTree.Text(argument, "alias");
            if (SyntaxTree.Text(argument, "class") == "STAR")
            {
                star = star is null ? CheckStar(argument) : throw Misuse("'*' is given twice", argument);
            }
            else if (name.Length == 0 && model.Inputs.Length > 1 && IsList(argument) && model.Inputs.All(input => input.Width == 1))
            {
                Spread(model, argument, bound);
            }
            else
            {
                int input = name.Length > 0 ? FindInput(model, name, argument) : OnlyInput(model, argument);
                bound[input] = bound[input] is null ? Elements(argument) : throw Misuse($"Input '{model.Inputs[input].Name}' is given twice", argument);
            }
        }
        if (star is not null)
        {
            BindByName(model, bound, SyntaxTree.Text(star, "relation_name"), SqlParser.PositionOf(star));
        }
        return Finish(model, bound, position);
    }

    /// <summary>Binds every input to the column of its name.</summary>
    public PredictionNode BindAll(ModelGraph model, int? position)
    {
        var bound = new IReadOnlyList<SqlNode>?[model.Inputs.Length];
        BindByName(model, bound, "", position);
        return Finish(model, bound, position);
    }

    private PredictionNode Finish(ModelGraph model, IReadOnlyList<SqlNode>?[] bound, int? position)
    {
        string[] missing = [.. model.Inputs.Where((_, index) => bound[index] is null).Select(input => $"'{input.Name}'")];
        if (missing.Length > 0)
        {
            throw _context.Errors.At(InferFErrorCode.ModelInputMismatch, $"The call gives no value for {(missing.Length == 1 ? "input" : "inputs")} {string.Join(", ", missing)} of model '{model.Name}'. {Forms}", position);
        }
        var features = new FeatureBinder(_context, model, position);
        ImmutableArray<ImmutableArray<Feature>> inputs = [.. model.Inputs.Select((input, index) => features.Bind(input, bound[index]!))];
        return new PredictionNode(_context.AddPrediction(new Prediction(model, inputs, position ?? 0)), null, null, position);
    }

    private void BindByName(ModelGraph model, IReadOnlyList<SqlNode>?[] bound, string relation, int? position)
    {
        ScopeTable? table = relation.Length == 0 ? null : _scope.FindTable(relation) ?? throw _scope.UnknownTable(relation, position);
        for (int index = 0; index < bound.Length; index++)
        {
            if (bound[index] is not null)
            {
                continue;
            }
            ModelInput input = model.Inputs[index];
            SqlNode? column = table is null ? _scope.Find(input.Name, position) : _scope.Find(table, input.Name, position);
            if (column is null)
            {
                IEnumerable<string> names = (table is null ? _scope.Tables : [table]).SelectMany(candidate => candidate.Columns).Select(candidate => candidate.Name);
                string advice = input.Width > 1 && model.Inputs.Length == 1
                    ? $" The input takes {input.Width} values per row: list them in the model's order, predict('{model.Name}', [column, …])."
                    : NearestName.Hint(input.Name, names.Distinct());
                throw _context.Errors.At(InferFErrorCode.UnknownName, $"There is no column for input '{input.Name}' of model '{model.Name}'.{advice}", position);
            }
            bound[index] = [column];
        }
    }

    // A list without a name gives one value to each input, in the model's order.
    private void Spread(ModelGraph model, JsonObject list, IReadOnlyList<SqlNode>?[] bound)
    {
        IReadOnlyList<SqlNode> elements = Elements(list);
        if (elements.Count != model.Inputs.Length)
        {
            throw _context.Errors.At(InferFErrorCode.ModelInputMismatch,
                $"The list gives {elements.Count} values, model '{model.Name}' has {model.Inputs.Length} inputs: {Shorten(model.Inputs.Select(input => input.Name))}.", SqlParser.FirstPosition(list));
        }
        for (int index = 0; index < bound.Length; index++)
        {
            bound[index] = bound[index] is null ? [elements[index]] : throw Misuse($"Input '{model.Inputs[index].Name}' is given twice", list);
        }
    }

    private JsonObject CheckStar(JsonObject star)
    {
        bool plain = star["columns"]?.GetValue<bool>() != true && star["expr"] is null && IsEmpty(star["exclude_list"]) && IsEmpty(star["replace_list"])
            && IsEmpty(star["rename_list"]) && IsEmpty(star["qualified_exclude_list"]);
        return plain ? star : throw Misuse("Only a plain '*' is supported here", star);
    }

    private static bool IsEmpty(JsonNode? list)
    {
        return list is null || (list is JsonArray items && items.Count == 0);
    }

    private int FindInput(ModelGraph model, string name, JsonObject argument)
    {
        int exact = model.Inputs.ToList().FindIndex(input => string.Equals(input.Name, name, StringComparison.Ordinal));
        int found = exact >= 0 ? exact : model.Inputs.ToList().FindIndex(input => string.Equals(input.Name, name, StringComparison.OrdinalIgnoreCase));
        return found >= 0
            ? found
            : throw _context.Errors.At(InferFErrorCode.UnknownName,
                $"Model '{model.Name}' has no input '{name}'.{NearestName.Hint(name, model.Inputs.Select(input => input.Name))} "
                + $"Its inputs: {Shorten(model.Inputs.Select(input => input.Name))}.", SqlParser.FirstPosition(argument));
    }

    private int OnlyInput(ModelGraph model, JsonObject argument)
    {
        bool list = IsList(argument);
        if (model.Inputs.Length != 1)
        {
            throw Misuse(list
                ? $"Model '{model.Name}' has {model.Inputs.Length} inputs, so that a list needs the name of one: name := […]"
                : "An argument without a name is ambiguous", argument);
        }
        if (!list && !IsListColumn(argument))
        {
            throw Misuse("An argument without a name must be a list", argument);
        }
        return 0;
    }

    private bool IsListColumn(JsonObject argument)
    {
        return SyntaxTree.Text(argument, "class") == "COLUMN_REF" && _arguments.Bind(argument) is ColumnNode column
            && _context.TypeOf(column.Table, column).Kind == ColumnKind.NumericList;
    }

    private IReadOnlyList<SqlNode> Elements(JsonObject argument)
    {
        return IsList(argument)
            ? [.. argument["children"]!.AsArray().Select(child => _arguments.Bind(child!.AsObject()))]
            : [_arguments.Bind(argument)];
    }

    private static bool IsList(JsonObject argument)
    {
        return (SyntaxTree.Text(argument, "class") == "FUNCTION" && SyntaxTree.Text(argument, "function_name") is "list_value" or "array_value" or "list_pack")
            || SyntaxTree.Text(argument, "type") == "ARRAY_CONSTRUCTOR";
    }

    private InferFException Misuse(string what, JsonObject argument)
    {
        return _context.Errors.At(InferFErrorCode.InvalidArgument, $"{what}. {Forms}", SqlParser.FirstPosition(argument));
    }

    private static string Shorten(IEnumerable<string> names)
    {
        const int Most = 12;
        string[] all = [.. names];
        return all.Length <= Most ? string.Join(", ", all) : string.Join(", ", all.Take(Most)) + $", … ({all.Length} in all)";
    }
}
