using System.Collections.Immutable;
using InferF.Plan.Model;
using InferF.Plan.Query;

namespace InferF.Frontend.Sql;

/// <summary>Turns the expressions bound to a model input into scan columns of a fitting type and width.</summary>
internal sealed class FeatureBinder
{
    private readonly BindingContext _context;
    private readonly ModelGraph _model;
    private readonly int? _call;

    /// <summary>Creates a binder for one call.</summary>
    /// <param name="context">The binding.</param>
    /// <param name="model">The model called.</param>
    /// <param name="call">Byte offset of the call.</param>
    public FeatureBinder(BindingContext context, ModelGraph model, int? call)
    {
        (_context, _model, _call) = (context, model, call);
    }

    /// <summary>Binds one input.</summary>
    /// <exception cref="InferFException">A type or the total width does not fit.</exception>
    public ImmutableArray<Feature> Bind(ModelInput input, IReadOnlyList<SqlNode> sources)
    {
        var features = ImmutableArray.CreateBuilder<Feature>(sources.Count);
        foreach (SqlNode source in sources)
        {
            features.Add(BindSource(input, source));
        }
        int known = features.Sum(feature => feature.Width);
        int[] unknown = [.. Enumerable.Range(0, features.Count).Where(index => features[index].Width == 0)];
        if (unknown.Length > 1)
        {
            throw Error(InferFErrorCode.ModelInputMismatch, $"The lengths of {unknown.Length} list columns for input '{input.Name}' of model '{_model.Name}' are not known from their types. "
                + "Cast all but one to a fixed length, e.g. column::FLOAT[8].", sources[unknown[1]].Position);
        }
        if (unknown.Length == 1 && input.Width > known)
        {
            features[unknown[0]] = features[unknown[0]] with { Width = input.Width - known };
            known = input.Width;
        }
        if (known != input.Width || (unknown.Length == 1 && features[unknown[0]].Width == 0))
        {
            throw Error(InferFErrorCode.ModelInputMismatch, $"Input '{input.Name}' of model '{_model.Name}' takes {input.Width} values per row, but the call gives {known}"
                + (unknown.Length == 1 ? " and a list." : "."), sources.Count > 0 ? sources[0].Position ?? _call : _call);
        }
        return features.ToImmutable();
    }

    private Feature BindSource(ModelInput input, SqlNode source)
    {
        if (source.HasPrediction)
        {
            throw _context.Errors.Unsupported("A prediction cannot be an input of a model.", source.Position ?? _call);
        }
        if (source.Tables.Count > 1)
        {
            string tables = string.Join(", ", source.Tables.Select(index => _context.Scans[index].Alias));
            throw _context.Errors.Unsupported($"An argument of predict must use columns of one table; this one uses {tables}.", source.Position ?? _call);
        }
        int table = source.Tables.Count == 1 ? source.Tables[0] : _context.Anchor;
        if (source.Tables.Count == 1 && _context.Nullable.Contains(table) && !NullRules.IsNullOnNull(source))
        {
            throw _context.Errors.Unsupported($"This argument of predict can be something else than NULL where the LEFT JOIN finds no row of '{_context.Scans[table].Alias}', which is not supported. "
                + "Use the column itself and choose what NULL means with the option for nulls.", source.Position ?? _call);
        }
        ColumnType type = _context.TypeOf(table, source);
        string? cast = CastFor(input, type, source, table);
        (ColumnRef column, ColumnType scanType) = _context.ScanColumn(table, source, cast);
        return new Feature(column, scanType.Kind == ColumnKind.NumericList ? scanType.ListLength : 1);
    }

    // The cast a scan needs so that the engine can load the column for the input; null if it can load it as it is.
    private string? CastFor(ModelInput input, ColumnType type, SqlNode source, int table)
    {
        bool real = input.Type is ElementType.Float32 or ElementType.Float64;
        switch (type.Kind)
        {
            case ColumnKind.Integer or ColumnKind.Boolean when real || input.Type == ElementType.Int64:
            case ColumnKind.Float32 or ColumnKind.Float64 when real:
            case ColumnKind.String when input.Type == ElementType.String:
                return null;
            case ColumnKind.NumericList when real:
                string element = type.SqlType[..type.SqlType.LastIndexOf('[')].ToUpperInvariant();
                return element is "FLOAT" or "DOUBLE" ? null : "DOUBLE" + type.SqlType[type.SqlType.LastIndexOf('[')..];
            case ColumnKind.Opaque when real && DuckDbTypeRules.IsWideNumber(type):
                return "DOUBLE";
            // An untyped NULL fits any input; what it means is the choice of the null handling.
            case ColumnKind.Opaque when type.SqlType.Trim('"') == "NULL":
                return real ? "DOUBLE" : input.Type == ElementType.Int64 ? "BIGINT" : "VARCHAR";
            default:
                string name = source is ColumnNode ? $"{_context.Scans[table].Alias}.{((ColumnNode)source).Column.Name}" : _context.ToSql(source);
                throw Error(InferFErrorCode.TypeMismatch, $"'{name}' has type {type.SqlType}, which does not fit input '{input.Name}' of model '{_model.Name}': it takes {input.FileType}.", source.Position);
        }
    }

    private InferFException Error(InferFErrorCode code, string message, int? position)
    {
        return _context.Errors.At(code, message, position ?? _call);
    }
}
