using System.Collections.Immutable;

namespace InferF.Frontend.Models.Onnx;

/// <summary>A value of rows that a file holds in another order than row by row, until an operator puts that right.</summary>
/// <param name="Rows">The rows.</param>
internal abstract record DerivedValue(RowValue Rows) : OnnxValue(Rows.Type);

/// <summary>All rows one after the other in one row of the file, [1, N·k], as ArrayFeatureExtractor looks up labels: Reshape makes rows of them again.</summary>
internal sealed record FlattenedRows(RowValue Rows) : DerivedValue(Rows)
{
    public override string ToString() => $"{Type}[1, N * {Rows.Width}]";
}

/// <summary>Rows as columns, [k, N], as Scan stacks what it computes for all rows at once: Transpose makes rows of them again.</summary>
internal sealed record TransposedRows(RowValue Rows) : DerivedValue(Rows)
{
    public override string ToString() => $"{Type}[{Rows.Width}, N]";
}

/// <summary>A ZipMap: a map from a class to its score for every row. Only a graph output can be one.</summary>
/// <param name="Rows">The scores.</param>
/// <param name="Names">The classes; integers as their digits.</param>
internal sealed record ZippedRows(RowValue Rows, ImmutableArray<string> Names) : DerivedValue(Rows)
{
    public override string ToString() => $"maps of {Names.Length} classes";
}

/// <summary>A graph input that is a map, one for every row. Each word that some DictVectorizer knows is an input of the model.</summary>
/// <param name="Words">The words and their values, which are 0 for a word that a row's map does not have.</param>
/// <param name="Type">Type of the values in the file.</param>
internal sealed record MapValue(ImmutableDictionary<string, RowValue> Words, OnnxType Type) : OnnxValue(Type)
{
    public override string ToString() => $"map of {Words.Count} words to {Type}";
}
