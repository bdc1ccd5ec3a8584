using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Plan.Query;

/// <summary>What a column can be used for.</summary>
public enum ColumnKind
{
    /// <summary>int8 … int64, uint8 … uint32. Wider ones are Opaque; the binder casts them where it needs numbers or keys.</summary>
    Integer,
    /// <summary>float.</summary>
    Float32,
    /// <summary>double. Decimals are Opaque; the binder casts them where it needs numbers.</summary>
    Float64,
    /// <summary>UTF-8 text, also dictionary-encoded.</summary>
    String,
    /// <summary>bool.</summary>
    Boolean,
    /// <summary>Date, time or timestamp: usable as key, in comparisons of one type, and in output.</summary>
    Temporal,
    /// <summary>List of floats or doubles, fixed-size or variable with one constant length; lists of integers, which the binder casts when they are features.</summary>
    NumericList,
    /// <summary>Anything else: usable in output only.</summary>
    Opaque,
}

/// <summary>A column's type.</summary>
/// <param name="Kind">What it can be used for.</param>
/// <param name="SqlType">The source's spelling, e.g. <c>INTEGER</c>, <c>TIMESTAMP</c>, <c>FLOAT[8]</c>; two temporal columns are comparable only if equal.</param>
/// <param name="ListLength">Elements per row of a list; 0 if it is no list or unknown before reading.</param>
public sealed record ColumnType(ColumnKind Kind, string SqlType, int ListLength = 0);

/// <summary>A column of a table as the catalog knows it.</summary>
public sealed record CatalogColumn(string Name, ColumnType Type);

/// <summary>A table the catalog knows.</summary>
/// <param name="Name">Registered name.</param>
/// <param name="Columns">In source order.</param>
public sealed record CatalogTable(string Name, ImmutableArray<CatalogColumn> Columns);

/// <summary>What the SQL binder may ask about its surroundings.</summary>
public interface ICatalog
{
    /// <summary>Finds a table by name (case-insensitive), or null.</summary>
    CatalogTable? FindTable(string name);

    /// <summary>All table names, for messages.</summary>
    IEnumerable<string> TableNames { get; }

    /// <summary>Finds a model by name (case-insensitive), or null.</summary>
    ModelGraph? FindModel(string name);

    /// <summary>All model names, for messages.</summary>
    IEnumerable<string> ModelNames { get; }

    /// <summary>Types of DuckDB SQL expressions over the columns of one table.</summary>
    /// <param name="tableName">Registered name.</param>
    /// <param name="expressions">SQL texts whose column references are unqualified, quoted column names.</param>
    /// <exception cref="InferFException">An expression does not bind; the message is DuckDB's.</exception>
    ImmutableArray<ColumnType> DescribeExpressions(string tableName, IReadOnlyList<string> expressions);
}

/// <summary>A column the engine receives from a scan.</summary>
/// <param name="Name">Unique within the scan.</param>
/// <param name="Sql">DuckDB SQL over the source's columns; for a plain column, its quoted name.</param>
/// <param name="SourceColumn">The plain source column this is, or null for a computed one.</param>
/// <param name="Type">Type the scan yields.</param>
public sealed record ScanColumn(string Name, string Sql, string? SourceColumn, ColumnType Type);

/// <summary>One table in one role of the query: what to read and which rows.</summary>
/// <param name="Alias">Name in the query.</param>
/// <param name="TableName">Registered name.</param>
/// <param name="Columns">What the engine receives.</param>
/// <param name="FilterSql">DuckDB SQL over the source's columns, or null: only rows for which it is true are read.</param>
public sealed record TableScan(string Alias, string TableName, ImmutableArray<ScanColumn> Columns, string? FilterSql);

/// <summary>Refers to a column of a <see cref="TableScan"/>.</summary>
/// <param name="Table">Index into <see cref="BoundQuery.Tables"/>.</param>
/// <param name="Column">Index into <see cref="TableScan.Columns"/>.</param>
public readonly record struct ColumnRef(int Table, int Column);

/// <summary>Join types.</summary>
public enum JoinType
{
    /// <summary>Only matching rows.</summary>
    Inner,
    /// <summary>All left rows.</summary>
    Left,
}

/// <summary>A node of the FROM clause.</summary>
public abstract record FromNode;

/// <summary>A table of the FROM clause.</summary>
/// <param name="Table">Index into <see cref="BoundQuery.Tables"/>.</param>
public sealed record FromTable(int Table) : FromNode;

/// <summary>A join of the FROM clause, as written (RIGHT JOINs are turned round).</summary>
/// <param name="Type">Inner or left.</param>
/// <param name="Left">Left side.</param>
/// <param name="Right">Right side.</param>
/// <param name="Keys">Equalities between a column of either side; at least one after binding.</param>
/// <param name="Residual">Further ON conditions over both sides, inner joins only; null if none.</param>
/// <param name="Position">Byte offset in the SQL text.</param>
public sealed record FromJoin(JoinType Type, FromNode Left, FromNode Right, ImmutableArray<JoinKey> Keys, ScalarExpr? Residual, int Position) : FromNode;

/// <summary>left = right.</summary>
public readonly record struct JoinKey(ColumnRef Left, ColumnRef Right);

/// <summary>Row-wise scalar expressions evaluated by the engine over several tables or predictions; see <c>plan.proto</c> ScalarExpression.</summary>
public abstract record ScalarExpr;

/// <summary>A column.</summary>
public sealed record ScalarColumn(ColumnRef Column) : ScalarExpr;

/// <summary>An element of a prediction's output.</summary>
/// <param name="Prediction">Index into <see cref="BoundQuery.Predictions"/>.</param>
/// <param name="Output">Index into <see cref="ModelGraph.Outputs"/>.</param>
/// <param name="Element">Column of that output.</param>
public sealed record ScalarPrediction(int Prediction, int Output, int Element) : ScalarExpr;

/// <summary>A constant: null, bool, long, float, double or string.</summary>
public sealed record ScalarLiteral(object? Value) : ScalarExpr;

/// <summary>A function call; functions, their semantics and result types are those of <c>plan.proto</c> ScalarFunction.</summary>
public sealed record ScalarCall(Proto.ScalarFunction Function, ImmutableArray<ScalarExpr> Arguments) : ScalarExpr;

/// <summary>One feature source of a model input: a scalar column (one element) or a list column (all of its elements).</summary>
/// <param name="Column">Where it comes from.</param>
/// <param name="Width">Elements it contributes.</param>
public readonly record struct Feature(ColumnRef Column, int Width);

/// <summary>What a NULL in a model input means.</summary>
public enum NullMode
{
    /// <summary>The query fails and names column and row count.</summary>
    Error,
    /// <summary>NaN.</summary>
    Nan,
    /// <summary><see cref="NullHandling.Constant"/>.</summary>
    Constant,
}

/// <summary>The user's choice for missing values; <see cref="ModelInput.TakesMissing"/> inputs take NaN whatever is chosen.</summary>
public readonly record struct NullHandling(NullMode Mode, double Constant = 0);

/// <summary>What partial results of wide sums are kept in between the joins.</summary>
public enum Precision
{
    /// <summary>The type of the model's operator.</summary>
    Exact,
    /// <summary>Half precision (IEEE 754 binary16) where the operator is in single precision: half the bytes to gather, an error of 2⁻¹¹ of a partial result.</summary>
    Fast,
}

/// <summary>One call of a model.</summary>
/// <param name="Model">The model.</param>
/// <param name="Inputs">By model input: its features in order; their widths sum up to the input's width (a width-unknown list is resolved before).</param>
/// <param name="Position">Byte offset of the call in the SQL text.</param>
public sealed record Prediction(ModelGraph Model, ImmutableArray<ImmutableArray<Feature>> Inputs, int Position);

/// <summary>One column of the result.</summary>
/// <param name="Name">Column name.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Hidden">Only needed for ORDER BY; dropped from the final result.</param>
public sealed record OutputItem(string Name, OutputSource Source, bool Hidden = false);

/// <summary>Where an output column comes from.</summary>
public abstract record OutputSource;

/// <summary>A table's column as it is.</summary>
public sealed record ColumnOutput(ColumnRef Column) : OutputSource;

/// <summary>An output of a prediction: a number if it has one column, otherwise a list.</summary>
public sealed record PredictionOutput(int Prediction, int Output) : OutputSource;

/// <summary>All outputs of a prediction as one struct (scalar form of a model with several outputs).</summary>
public sealed record PredictionStructOutput(int Prediction) : OutputSource;

/// <summary>A scalar expression over several tables or predictions.</summary>
public sealed record ScalarOutput(ScalarExpr Expression) : OutputSource;

/// <summary>One ORDER BY key.</summary>
/// <param name="Output">Index into <see cref="BoundQuery.Outputs"/>.</param>
/// <param name="Descending">DESC.</param>
/// <param name="NullsFirst">NULLS FIRST (DuckDB's default is last).</param>
public readonly record struct OrderKey(int Output, bool Descending, bool NullsFirst);

/// <summary>A query with every name resolved. Immutable.</summary>
public sealed record BoundQuery(
    string Sql,
    ImmutableArray<TableScan> Tables,
    FromNode From,
    ScalarExpr? Filter,
    ImmutableArray<Prediction> Predictions,
    ScalarExpr? PredictionFilter,
    ImmutableArray<OutputItem> Outputs,
    ImmutableArray<OrderKey> OrderBy,
    long? Limit,
    long Offset,
    NullHandling Nulls)
{
    /// <summary>What partial results are kept in.</summary>
    public Precision Precision { get; init; }
}
