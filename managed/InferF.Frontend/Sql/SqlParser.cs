using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DuckDB.NET.Data;

namespace InferF.Frontend.Sql;

/// <summary>
/// DuckDB's parser as a service: SQL text to a JSON syntax tree and expressions back to text. Owns an in-memory connection that reads no
/// data. Thread-safe.
/// </summary>
/// <remarks>Opening a DuckDB and reading its function names takes longer than binding a query, so the process has one parser.</remarks>
internal sealed class SqlParser
{
    // DuckDB refuses expressions deeper than 1000 levels itself; a level takes two JSON levels.
    private const int MaxJsonDepth = 8192;

    private static readonly Lazy<SqlParser> s_shared = new(() => new SqlParser());

    private readonly Lock _lock = new();
    private readonly DuckDBConnection _connection;
    private readonly string _emptySelect;

    private SqlParser()
    {
        // It only parses: threads would be idle.
        _connection = new DuckDBConnection("DataSource=:memory:;threads=1");
        try
        {
            _connection.Open();
            _emptySelect = Query("SELECT CAST(json_serialize_sql($1::VARCHAR) AS VARCHAR)", "SELECT NULL");
            Aggregates = Names("SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'aggregate'");
            Volatiles = Names("SELECT DISTINCT function_name FROM duckdb_functions() WHERE stability = 'VOLATILE'");
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    /// <summary>The parser of the process, opened at its first use.</summary>
    public static SqlParser Shared => s_shared.Value;

    /// <summary>Names of DuckDB's aggregate functions.</summary>
    public FrozenSet<string> Aggregates { get; }

    /// <summary>Names of functions whose result differs from call to call.</summary>
    public FrozenSet<string> Volatiles { get; }

    /// <summary>Parses one SELECT statement.</summary>
    /// <returns>The query node of its syntax tree.</returns>
    /// <exception cref="InferFException">The text is no SELECT statement, or several.</exception>
    public JsonObject Parse(string sql, SqlError errors)
    {
        if (sql.Contains('\0'))
        {
            throw errors.At(InferFErrorCode.Syntax, "The SQL text contains a NUL character.", Encoding.UTF8.GetByteCount(sql.AsSpan(0, sql.IndexOf('\0'))));
        }
        JsonObject answer = ReadJson(Query("SELECT CAST(json_serialize_sql($1::VARCHAR) AS VARCHAR)", sql));
        if (answer["error"]?.GetValue<bool>() == true)
        {
            throw ParseError(answer, errors);
        }
        JsonArray statements = answer["statements"]!.AsArray();
        if (statements.Count == 0)
        {
            throw errors.At(InferFErrorCode.Syntax, "The SQL text is empty. Expected one SELECT statement.", 0);
        }
        if (statements.Count > 1)
        {
            int? second = FirstPosition(statements[1]);
            throw errors.Unsupported($"The SQL text has {statements.Count} statements. Expected one SELECT statement.", second);
        }
        return statements[0]!["node"]!.AsObject();
    }

    /// <summary>Turns an expression's syntax tree back to DuckDB SQL.</summary>
    /// <param name="expression">Left without a parent; it becomes part of another tree.</param>
    public string ToSql(JsonObject expression)
    {
        expression["alias"] = "";
        JsonObject statement = ReadJson(_emptySelect);
        statement["statements"]![0]!["node"]!["select_list"] = new JsonArray(expression);
        string text = Query("SELECT json_deserialize_sql($1::JSON)", WriteJson(statement));
        return text.StartsWith("SELECT ", StringComparison.Ordinal)
            ? text["SELECT ".Length..]
            : throw new InferFException(InferFErrorCode.Internal, $"DuckDB printed an expression in an unexpected form: {text}");
    }

    /// <summary>The smallest source position in a syntax tree, or null.</summary>
    public static int? FirstPosition(JsonNode? node)
    {
        int? first = null;
        switch (node)
        {
            case JsonObject tree:
                first = PositionOf(tree);
                foreach ((_, JsonNode? child) in tree)
                {
                    first = Smaller(first, FirstPosition(child));
                }
                break;
            case JsonArray list:
                foreach (JsonNode? child in list)
                {
                    first = Smaller(first, FirstPosition(child));
                }
                break;
        }
        return first;
    }

    /// <summary>The node's own source position, or null: DuckDB writes the largest integer for "none".</summary>
    public static int? PositionOf(JsonObject node)
    {
        return node["query_location"] is JsonValue value && value.TryGetValue(out ulong location) && location < int.MaxValue ? (int)location : null;
    }

    private static int? Smaller(int? left, int? right)
    {
        return left is null ? right : right is null ? left : Math.Min(left.Value, right.Value);
    }

    private static InferFException ParseError(JsonObject answer, SqlError errors)
    {
        string type = answer["error_type"]?.GetValue<string>() ?? "";
        string message = answer["error_message"]?.GetValue<string>() ?? "The statement cannot be parsed.";
        if (type == "not implemented")
        {
            return errors.Unsupported("Only SELECT statements can be run.", 0);
        }
        int? position = int.TryParse(answer["position"]?.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out int at) ? errors.ByteOffset(at) : null;
        return errors.At(InferFErrorCode.Syntax, $"The SQL text cannot be parsed: {message}.", position);
    }

    private static JsonObject ReadJson(string text)
    {
        return JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { MaxDepth = MaxJsonDepth })!.AsObject();
    }

    private static string WriteJson(JsonObject tree)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { MaxDepth = MaxJsonDepth }))
        {
            tree.WriteTo(writer);
        }
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private string Query(string command, string argument)
    {
        lock (_lock)
        {
            try
            {
                using DuckDBCommand query = _connection.CreateCommand();
                query.CommandText = command;
                query.Parameters.Add(new DuckDBParameter(argument));
                return (string)query.ExecuteScalar()!;
            }
            catch (DuckDBException failure)
            {
                throw new InferFException(InferFErrorCode.Syntax, $"DuckDB's parser failed: {failure.Message}", null, failure);
            }
        }
    }

    private FrozenSet<string> Names(string command)
    {
        using DuckDBCommand query = _connection.CreateCommand();
        query.CommandText = command;
        using DuckDBDataReader reader = query.ExecuteReader();
        var names = new List<string>();
        while (reader.Read())
        {
            names.Add(reader.GetString(0));
        }
        return names.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    }
}
