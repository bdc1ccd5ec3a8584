using System.Collections.Immutable;
using System.Text;
using DuckDB.NET.Data;
using InferF.Plan.Query;
using InferF.Runtime.Arrow;

namespace InferF.Runtime.Sources;

/// <summary>ORDER BY, LIMIT and the dropping of hidden columns over the rows the engine produces: DuckDB does the work.</summary>
public static class ResultSorter
{
    /// <summary>Sorts and cuts a result.</summary>
    /// <param name="database">The session's database.</param>
    /// <param name="rows">The engine's rows, one column per output; spent.</param>
    /// <param name="outputs">Outputs, by column.</param>
    /// <param name="orderBy">Keys, most significant first; may be empty.</param>
    /// <param name="limit">Most rows to return, or null.</param>
    /// <param name="offset">Rows to skip.</param>
    /// <param name="cancellationToken">Interrupts sorting and the run behind it.</param>
    /// <returns>The visible columns, which the caller disposes. A failure of the run keeps its type.</returns>
    public static NativeArrowStream Sort(
        DuckDbDatabase database,
        NativeArrowStream rows,
        ImmutableArray<OutputItem> outputs,
        ImmutableArray<OrderKey> orderBy,
        long? limit,
        long offset,
        CancellationToken cancellationToken = default)
    {
        DuckDBConnection? connection = null;
        DuckDbArrowView? view = null;
        try
        {
            connection = database.ConnectForSorting();
            view = new DuckDbArrowView(connection, rows);
        }
        catch
        {
            rows.Dispose();
            connection?.Dispose();
            throw;
        }
        // The producer owns both from here on, even if its constructor throws.
        return NativeArrowStream.Produce(new DuckDbResultProducer(connection, ToSql(view.Name, outputs, orderBy, limit, offset), "The result cannot be sorted.", cancellationToken, view));
    }

    private static string ToSql(string view, ImmutableArray<OutputItem> outputs, ImmutableArray<OrderKey> orderBy, long? limit, long offset)
    {
        var sql = new StringBuilder("SELECT ");
        sql.AppendJoin(", ", outputs.Select((output, i) => (output, i)).Where(item => !item.output.Hidden).Select(item => $"c{item.i} AS {SqlText.Name(item.output.Name)}"));
        sql.Append($" FROM {view}");
        if (!orderBy.IsEmpty)
        {
            // Keys refer to the columns of the view, also where a visible column has the name c0.
            sql.Append(" ORDER BY ").AppendJoin(", ", orderBy.Select(key => $"{view}.c{key.Output}{(key.Descending ? " DESC" : " ASC")}{(key.NullsFirst ? " NULLS FIRST" : " NULLS LAST")}"));
        }
        if (limit is long count)
        {
            sql.Append($" LIMIT {count}");
        }
        if (offset > 0)
        {
            sql.Append($" OFFSET {offset}");
        }
        return sql.ToString();
    }
}
