using Apache.Arrow;
using Apache.Arrow.Types;
using InferF.Plan.Query;

namespace InferF.Runtime.Sources;

/// <summary>What a column of an Arrow type can be used for; the same classification DuckDB's types have.</summary>
internal static class ArrowTypes
{
    /// <summary>The type a column has in the catalog.</summary>
    public static ColumnType ToColumnType(IArrowType type) => type switch
    {
        DictionaryType dictionary => ToColumnType(dictionary.ValueType),
        FixedSizeListType list => DuckDbTypes.Parse($"{SqlName(list.ValueDataType)}[{list.ListSize}]"),
        ListType list => DuckDbTypes.Parse($"{SqlName(list.ValueDataType)}[]"),
        LargeListType list => DuckDbTypes.Parse($"{SqlName(list.ValueDataType)}[]"),
        _ => DuckDbTypes.Parse(SqlName(type)),
    };

    /// <summary>Whether the engine reads arrays of this type as they are. Others go through DuckDB.</summary>
    public static bool IsReadByEngine(IArrowType type) => type switch
    {
        DictionaryType dictionary => dictionary.ValueType.TypeId is ArrowTypeId.String or ArrowTypeId.LargeString,
        FixedSizeListType list => list.ValueDataType.TypeId is ArrowTypeId.Float or ArrowTypeId.Double,
        ListType list => list.ValueDataType.TypeId is ArrowTypeId.Float or ArrowTypeId.Double,
        _ => type.TypeId is ArrowTypeId.Int8 or ArrowTypeId.Int16 or ArrowTypeId.Int32 or ArrowTypeId.Int64
            or ArrowTypeId.UInt8 or ArrowTypeId.UInt16 or ArrowTypeId.UInt32
            or ArrowTypeId.Float or ArrowTypeId.Double or ArrowTypeId.Boolean
            or ArrowTypeId.String or ArrowTypeId.LargeString
            or ArrowTypeId.Date32 or ArrowTypeId.Timestamp,
    };

    private static string SqlName(IArrowType type) => type switch
    {
        Int8Type => "TINYINT",
        Int16Type => "SMALLINT",
        Int32Type => "INTEGER",
        Int64Type => "BIGINT",
        UInt8Type => "UTINYINT",
        UInt16Type => "USMALLINT",
        UInt32Type => "UINTEGER",
        UInt64Type => "UBIGINT",
        FloatType => "FLOAT",
        DoubleType => "DOUBLE",
        BooleanType => "BOOLEAN",
        StringType or LargeStringType or StringViewType => "VARCHAR",
        Decimal128Type decimals => $"DECIMAL({decimals.Precision},{decimals.Scale})",
        Date32Type or Date64Type => "DATE",
        Time32Type or Time64Type => "TIME",
        TimestampType { Timezone: { Length: > 0 } } => "TIMESTAMP WITH TIME ZONE",
        TimestampType { Unit: TimeUnit.Second } => "TIMESTAMP_S",
        TimestampType { Unit: TimeUnit.Millisecond } => "TIMESTAMP_MS",
        TimestampType { Unit: TimeUnit.Nanosecond } => "TIMESTAMP_NS",
        TimestampType => "TIMESTAMP",
        _ => type.Name.ToUpperInvariant(),
    };
}
