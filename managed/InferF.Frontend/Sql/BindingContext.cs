using System.Collections.Immutable;
using InferF.Plan;
using InferF.Plan.Model;
using InferF.Plan.Query;

namespace InferF.Frontend.Sql;

/// <summary>What the parts of one binding share: the tables and predictions found so far and the ways to ask DuckDB.</summary>
internal sealed class BindingContext
{
    private readonly ICatalog _catalog;
    private readonly SqlParser _parser;
    private readonly Dictionary<(int Table, string Sql), ColumnType> _types = [];
    private readonly List<Prediction> _predictions = [];

    public BindingContext(SqlParser parser, ICatalog catalog, SqlError errors)
    {
        (_parser, _catalog, Errors) = (parser, catalog, errors);
    }

    /// <summary>Builds error messages.</summary>
    public SqlError Errors { get; }

    /// <summary>The tables in the order they were found; their indices are those of <see cref="BoundQuery.Tables"/>.</summary>
    public List<ScanBuilder> Scans { get; } = [];

    /// <summary>Indices of the tables whose rows a LEFT JOIN may extend by NULLs. Known once the FROM clause is bound.</summary>
    public HashSet<int> Nullable { get; } = [];

    /// <summary>The predictions found so far.</summary>
    public IReadOnlyList<Prediction> Predictions => _predictions;

    /// <summary>The table that carries expressions without columns: the first one whose rows are never NULL-extended.</summary>
    public int Anchor => Enumerable.Range(0, Scans.Count).First(table => !Nullable.Contains(table));

    /// <summary>Adds a table in one role.</summary>
    public int AddTable(string name, string alias, int? position)
    {
        CatalogTable table = _catalog.FindTable(name)
            ?? throw Errors.At(InferFErrorCode.UnknownName, $"There is no table '{name}'.{NearestName.Hint(name, _catalog.TableNames)}", position);
        Scans.Add(new ScanBuilder(alias, table));
        return Scans.Count - 1;
    }

    /// <summary>Finds a model.</summary>
    public ModelGraph FindModel(string name, int? position)
    {
        return _catalog.FindModel(name)
            ?? throw Errors.At(InferFErrorCode.UnknownName, $"There is no model '{name}'.{NearestName.Hint(name, _catalog.ModelNames)}", position);
    }

    /// <summary>Adds a prediction, or finds the same one.</summary>
    /// <returns>Its index.</returns>
    public int AddPrediction(Prediction prediction)
    {
        int same = _predictions.FindIndex(other => ReferenceEquals(other.Model, prediction.Model)
            && other.Inputs.Zip(prediction.Inputs).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second.AsSpan())));
        if (same < 0)
        {
            _predictions.Add(prediction);
            return _predictions.Count - 1;
        }
        return same;
    }

    /// <summary>True if the function with this name aggregates rows.</summary>
    public bool IsAggregate(string function)
    {
        return _parser.Aggregates.Contains(function);
    }

    /// <summary>True if the function's result differs from call to call.</summary>
    public bool IsVolatile(string function)
    {
        return _parser.Volatiles.Contains(function);
    }

    /// <summary>True if the prediction's result has one output of one column.</summary>
    public bool IsScalar(PredictionNode node, out int output)
    {
        ImmutableArray<ModelOutput> outputs = _predictions[node.Prediction].Model.Outputs;
        output = node.Output ?? 0;
        return (node.Output is not null || outputs.Length == 1) && (node.Element is not null || outputs[output].Expression.Width == 1);
    }

    /// <summary>The SQL text of an expression over one table, or none.</summary>
    public string ToSql(SqlNode node)
    {
        return node is ColumnNode { Column.Definition: null } plain ? ScanBuilder.Quote(plain.Column.Name) : _parser.ToSql(node.ToJson());
    }

    /// <summary>The text DuckDB names an unnamed expression by.</summary>
    public string ToText(System.Text.Json.Nodes.JsonObject tree)
    {
        return _parser.ToSql(tree.DeepClone().AsObject());
    }

    /// <summary>The type of an expression over one table.</summary>
    /// <param name="table">Index of the table.</param>
    /// <param name="node">The expression.</param>
    /// <exception cref="InferFException">DuckDB cannot bind it.</exception>
    public ColumnType TypeOf(int table, SqlNode node)
    {
        return node is ColumnNode { Column.Type: { } type } ? type : TypeOf(table, ToSql(node), node.Position);
    }

    /// <summary>Makes an expression over one table (or over none) a column of that table's scan.</summary>
    /// <param name="table">Index of the table.</param>
    /// <param name="node">The expression.</param>
    /// <param name="castTo">SQL type to cast it to, or null.</param>
    /// <param name="tryCast">True if a value beyond the type becomes NULL instead of an error.</param>
    public (ColumnRef Column, ColumnType Type) ScanColumn(int table, SqlNode node, string? castTo = null, bool tryCast = false)
    {
        if (node is ColumnNode { Column: { Definition: null, Type: { } plainType } plain } && castTo is null)
        {
            return (new ColumnRef(table, Scans[table].Plain(plain.Name, plainType)), plainType);
        }
        string sql = ToSql(node);
        ColumnType type = TypeOf(table, node, sql);
        if (castTo is not null)
        {
            sql = $"{(tryCast ? "TRY_CAST" : "CAST")}({sql} AS {castTo})";
            type = DuckDbTypes.Parse(castTo);
        }
        return (new ColumnRef(table, Scans[table].Computed(sql, type)), type);
    }

    /// <summary>Adds a condition over one table (or over none) to that table's scan.</summary>
    public void PushFilter(int table, SqlNode condition)
    {
        string sql = ToSql(condition);
        ColumnType type = TypeOf(table, condition, sql);
        Scans[table].Filter(type.Kind == ColumnKind.Boolean ? sql : $"CAST({sql} AS BOOLEAN)");
    }

    /// <summary>Describes an expression for messages.</summary>
    public string Describe(SqlNode node)
    {
        switch (node)
        {
            case ColumnNode column:
                return $"column {Scans[column.Table].Alias}.{column.Column.Name}";
            case PredictionNode prediction:
                return $"the prediction of model '{_predictions[prediction.Prediction].Model.Name}'";
            default:
                return node.HasPrediction ? "the expression" : $"expression {ToSql(node)}";
        }
    }

    // DuckDB ends its messages with a line of the statement it was given, which is not the user's.
    private static string WithoutPlace(string message)
    {
        int place = message.IndexOf("\nLINE ", StringComparison.Ordinal);
        return place < 0 ? message : message[..place].TrimEnd();
    }

    private ColumnType TypeOf(int table, SqlNode node, string sql)
    {
        return node is ColumnNode { Column.Type: { } type } ? type : TypeOf(table, sql, node.Position);
    }

    private ColumnType TypeOf(int table, string sql, int? position)
    {
        if (!_types.TryGetValue((table, sql), out ColumnType? type))
        {
            try
            {
                type = _catalog.DescribeExpressions(Scans[table].Table.Name, [sql])[0];
            }
            catch (InferFException failure) when (failure.Position is null)
            {
                throw Errors.At(failure.Code, $"The expression {sql} over table '{Scans[table].Alias}' is not valid: {WithoutPlace(failure.Message)}", position, failure);
            }
            _types.Add((table, sql), type);
        }
        return type;
    }
}
