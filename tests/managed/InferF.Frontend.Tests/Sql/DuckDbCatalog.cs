using System.Collections.Immutable;
using DuckDB.NET.Data;
using InferF.Frontend.Sql;
using InferF.Plan.Model;
using InferF.Plan.Query;

namespace InferF.Frontend.Tests.Sql;

/// <summary>A catalog over an in-memory DuckDB database with a small schema, and models built by hand.</summary>
internal sealed class DuckDbCatalog : ICatalog, IDisposable
{
    private readonly DuckDBConnection _connection = new("DataSource=:memory:");
    private readonly Dictionary<string, CatalogTable> _tables = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, ModelGraph> _models = new(StringComparer.OrdinalIgnoreCase);

    public DuckDbCatalog()
    {
        _connection.Open();
        Run("""
            CREATE TABLE flights (id INTEGER, tailnum VARCHAR, origin VARCHAR, hour TIMESTAMP, day DATE, month TINYINT, distance DOUBLE, delay FLOAT, price DECIMAL(8,2), big HUGEINT, code UUID,
                                  cancelled BOOLEAN, emb FLOAT[3], vec FLOAT[], ints INTEGER[2], s STRUCT(a INTEGER, b VARCHAR), "Odd Name" INTEGER);
            INSERT INTO flights VALUES
                (1, 'N1', 'JFK', '2013-01-01 05:00', '2013-01-01', 1, 100, 1.5, 10.25, 7, '00000000-0000-0000-0000-000000000001', false, [1,2,3], [1,2], [4,5], {'a': 1, 'b': 'x'}, 3),
                (2, 'N2', 'LGA', '2013-01-01 06:00', '2013-01-01', 1, 200, -2, 0.10, 8, '00000000-0000-0000-0000-000000000002', true, [4,5,6], [3,4], [6,7], {'a': 2, 'b': 'y'}, 4),
                (3, NULL, 'JFK', '2013-06-01 05:00', '2013-06-01', 6, NULL, 0.1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
                (4, 'N9', 'EWR', NULL, NULL, 6, 400, NULL, 99.99, 9, '00000000-0000-0000-0000-000000000009', false, [7,8,9], [5,6], [8,9], {'a': NULL, 'b': 'z'}, 5),
                (5, 'N1', NULL, '2013-06-01 05:00', '2013-06-01', 6, 100, 0.1, 1, 7, '00000000-0000-0000-0000-000000000001', true, [0,0,0], [0,0], [0,0], {'a': 9, 'b': NULL}, NULL);
            CREATE TABLE planes (tailnum VARCHAR, year INTEGER, seats SMALLINT, engine VARCHAR, mfr INTEGER, code UUID);
            INSERT INTO planes VALUES ('N1', 2000, 100, 'jet', 1, '00000000-0000-0000-0000-000000000001'), ('N2', NULL, 50, 'prop', 2, '00000000-0000-0000-0000-000000000002'), ('N2', 1990, NULL, NULL, NULL, NULL), (NULL, 1980, 5, 'jet', 1, NULL);
            CREATE TABLE weather (origin VARCHAR, hour TIMESTAMP, day DATE, temp DOUBLE, visib FLOAT, wind FLOAT, station UBIGINT, note VARCHAR, ok BOOLEAN);
            INSERT INTO weather VALUES ('JFK', '2013-01-01 05:00', '2013-01-01', 30, 10, 0.1, 7, 'clear', true), ('LGA', '2013-01-01 06:00', '2013-01-01', NULL, 3, 12, 8, NULL, false), ('JFK', '2013-06-01 05:00', '2013-06-01', 70, NULL, NULL, NULL, 'fog', NULL);
            CREATE TABLE makers (id INTEGER, name VARCHAR, seats SMALLINT);
            INSERT INTO makers VALUES (1, 'Boeing', 1), (2, 'Airbus', 2), (3, NULL, 3);
            """);
        foreach (string table in Strings("SELECT table_name FROM duckdb_tables()"))
        {
            _tables[table] = new CatalogTable(table, [.. Describe($"SELECT * FROM \"{table}\"").Select(column => new CatalogColumn(column.Name, DuckDbTypes.Parse(column.Type)))]);
        }
        AddModel("linear", Output("score"), Input("distance", ElementType.Float32), Input("seats", ElementType.Float32));
        AddModel("tensor", Output("score"), Input("features", ElementType.Float32, 5));
        AddModel("triple", Output("score"), Input("emb", ElementType.Float32, 3));
        AddModel("proba", Output("probabilities", 3), Input("distance", ElementType.Float32));
        AddModelWith("classifier", [Output("label", 1, ElementType.Int64), Output("probabilities", 2)], Input("distance", ElementType.Float32), Input("temp", ElementType.Float32));
        AddModelWith("typed", [Output("score")], Input("engine", ElementType.String), Input("month", ElementType.Int64), Input("distance", ElementType.Float64));
        AddModel("one", Output("score"), Input("x", ElementType.Float32));
    }

    public IEnumerable<string> TableNames => _tables.Keys;

    public IEnumerable<string> ModelNames => _models.Keys;

    public void Dispose()
    {
        _connection.Dispose();
    }

    public CatalogTable? FindTable(string name)
    {
        return _tables.GetValueOrDefault(name);
    }

    public ModelGraph? FindModel(string name)
    {
        return _models.GetValueOrDefault(name);
    }

    public ImmutableArray<ColumnType> DescribeExpressions(string tableName, IReadOnlyList<string> expressions)
    {
        try
        {
            return [.. Describe($"SELECT {string.Join(", ", expressions)} FROM \"{tableName}\"").Select(column => DuckDbTypes.Parse(column.Type))];
        }
        catch (DuckDBException failure)
        {
            throw new InferFException(InferFErrorCode.UnknownName, failure.Message, null, failure);
        }
    }

    /// <summary>All rows of a query as texts, sorted.</summary>
    public List<string> Rows(string sql)
    {
        using DuckDBCommand command = _connection.CreateCommand();
        command.CommandText = $"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({sql})";
        using DuckDBDataReader reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
        {
            rows.Add(string.Join(" | ", Enumerable.Range(0, reader.FieldCount).Select(field => reader.IsDBNull(field) ? "NULL" : reader.GetString(field))));
        }
        rows.Sort(StringComparer.Ordinal);
        return rows;
    }

    public List<string> Names(string sql)
    {
        return [.. Describe(sql).Select(column => column.Name)];
    }

    public List<string> Strings(string sql)
    {
        using DuckDBCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        using DuckDBDataReader reader = command.ExecuteReader();
        var values = new List<string>();
        while (reader.Read())
        {
            values.Add(reader.GetString(0));
        }
        return values;
    }

    public static ModelInput Input(string name, ElementType type, int width = 1)
    {
        return new ModelInput(name, type, width, type switch { ElementType.Float32 => "float", ElementType.Float64 => "double", ElementType.Int64 => "int64", _ => "string" });
    }

    public static (string Name, int Width, ElementType Type) Output(string name, int width = 1, ElementType type = ElementType.Float32)
    {
        return (name, width, type);
    }

    public void AddModel(string name, (string Name, int Width, ElementType Type) output, params ImmutableArray<ModelInput> inputs)
    {
        AddModelWith(name, [output], inputs);
    }

    // The expressions only carry type and width: the binder looks at nothing else.
    public void AddModelWith(string name, (string Name, int Width, ElementType Type)[] outputs, params ImmutableArray<ModelInput> inputs)
    {
        _models[name] = new ModelGraph(name, inputs, [.. outputs.Select(output => new ModelOutput(output.Name, new InputExpr(0, output.Type, output.Width)))]);
    }

    /// <summary>A classifier with a label and a ZipMap of scores.</summary>
    public void AddZipMapModel(string name, string label, string scores, ImmutableArray<string> classes, params ImmutableArray<ModelInput> inputs)
    {
        _models[name] = new ModelGraph(name, inputs,
        [
            new ModelOutput(label, new InputExpr(0, ElementType.Int64, 1)),
            new ModelOutput(scores, new InputExpr(0, ElementType.Float32, classes.Length)) { ClassNames = classes },
        ]);
    }

    private List<(string Name, string Type)> Describe(string sql)
    {
        using DuckDBCommand command = _connection.CreateCommand();
        command.CommandText = "DESCRIBE " + sql;
        using DuckDBDataReader reader = command.ExecuteReader();
        var columns = new List<(string, string)>();
        while (reader.Read())
        {
            columns.Add((reader.GetString(0), reader.GetString(1)));
        }
        return columns;
    }

    private void Run(string sql)
    {
        using DuckDBCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
