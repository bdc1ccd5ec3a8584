using System.Globalization;
using InferF.Frontend.Models.Onnx;

namespace InferF.Frontend.Models.XGBoost;

/// <summary>A value of a JSON or UBJSON document. Lists of numbers, which make up a model file, are held without an object per element.</summary>
internal sealed class DocumentValue
{
    /// <summary>Deepest nesting a reader follows; XGBoost's files need eight levels.</summary>
    public const int MaxDepth = 64;

    private readonly object? _value;

    private DocumentValue(object? value) => _value = value;

    /// <summary>The value null.</summary>
    public static DocumentValue Null { get; } = new(null);

    /// <summary>A text.</summary>
    public static DocumentValue Of(string text) => new(text);

    /// <summary>A number or truth value.</summary>
    public static DocumentValue Of(double number) => new(number);

    /// <summary>A list of numbers.</summary>
    public static DocumentValue Of(double[] numbers) => new(numbers);

    /// <summary>A list of any values.</summary>
    public static DocumentValue Of(IReadOnlyList<DocumentValue> list) => new(list);

    /// <summary>An object.</summary>
    public static DocumentValue Of(IReadOnlyDictionary<string, DocumentValue> fields) => new(fields);

    /// <summary>True for a text.</summary>
    public bool IsText => _value is string;

    /// <summary>True for a list.</summary>
    public bool IsList => _value is double[] or IReadOnlyList<DocumentValue>;

    /// <summary>The field of an object, or null if this is no object or has no such field.</summary>
    public DocumentValue? Field(string name) => (_value as IReadOnlyDictionary<string, DocumentValue>)?.GetValueOrDefault(name);

    /// <summary>The field of an object, which has to be there.</summary>
    /// <param name="name">Name of the field.</param>
    /// <param name="where">Where this value is in the document, for the message.</param>
    public DocumentValue Required(string name, string where) => Field(name) ?? throw ModelErrors.Invalid(
        _value is IReadOnlyDictionary<string, DocumentValue>
            ? $"A field of the model is missing. '{where}.{name}'."
            : $"A part of the model is no object. '{where}': expected an object with the field '{name}', found {Kind}.");

    /// <summary>The elements of a list of objects or texts.</summary>
    public IReadOnlyList<DocumentValue> List(string where) => _value switch
    {
        IReadOnlyList<DocumentValue> list => list,
        double[] { Length: 0 } => [],
        _ => throw Wrong(where, "a list"),
    };

    /// <summary>The elements of a list of numbers.</summary>
    public double[] Numbers(string where) => _value switch
    {
        double[] numbers => numbers,
        IReadOnlyList<DocumentValue> list => [.. list.Select((element, i) => element.Number($"{where}[{i}]"))],
        _ => throw Wrong(where, "a list of numbers"),
    };

    /// <summary>A number, also one that is written as a text.</summary>
    public double Number(string where) => _value switch
    {
        double number => number,
        string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => number,
        _ => throw Wrong(where, "a number"),
    };

    /// <summary>An integer within bounds, also one that is written as a text.</summary>
    public int Integer(string where, int minimum, int maximum)
    {
        double number = Number(where);
        return number >= minimum && number <= maximum && number == Math.Floor(number) ? (int)number : throw Wrong(where, $"an integer from {minimum} to {maximum}");
    }

    /// <summary>A text.</summary>
    public string Text(string where) => _value as string ?? throw Wrong(where, "a text");

    private string Kind => _value switch
    {
        null => "null",
        string text => text.Length <= 40 ? $"'{text}'" : $"'{text[..40]}…'",
        double number => $"{number.ToString(CultureInfo.InvariantCulture)}",
        double[] numbers => $"a list of {numbers.Length} numbers",
        IReadOnlyList<DocumentValue> list => $"a list of {list.Count}",
        _ => "an object",
    };

    private InferFException Wrong(string where, string expected) => ModelErrors.Invalid($"A field of the model is wrong. '{where}': expected {expected}, found {Kind}.");
}
