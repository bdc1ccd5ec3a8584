using InferF.Plan.Query;

namespace InferF.Frontend.Sql;

/// <summary>
/// Binds SQL text: parses it with DuckDB's parser, resolves its names against a catalog and sorts it into scans, joins, model calls and
/// outputs. Thread-safe.
/// </summary>
/// <remarks>DuckDB's parser runs in one in-memory connection that the whole process shares: it holds nothing of any query.</remarks>
public static class SqlFrontend
{
    /// <summary>Binds a query.</summary>
    /// <param name="sql">One SELECT statement.</param>
    /// <param name="catalog">The tables and models it may use.</param>
    /// <param name="nulls">What a NULL in a model input means.</param>
    /// <returns>The query with every name resolved.</returns>
    /// <exception cref="InferFException">
    /// The text cannot be parsed, a name does not exist or is ambiguous, types do not fit, or the query uses SQL that is not supported.
    /// <see cref="InferFException.Position"/> and the message say where.
    /// </exception>
    public static BoundQuery Bind(string sql, ICatalog catalog, NullHandling nulls)
    {
        ArgumentNullException.ThrowIfNull(sql);
        ArgumentNullException.ThrowIfNull(catalog);
        var errors = new SqlError(sql);
        var context = new BindingContext(SqlParser.Shared, catalog, errors);
        return new QueryBinder(context).Bind(sql, SqlParser.Shared.Parse(sql, errors), nulls);
    }
}
