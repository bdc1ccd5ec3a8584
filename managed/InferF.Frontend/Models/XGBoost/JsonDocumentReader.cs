using System.Text.Json;
using InferF.Frontend.Models.Onnx;

namespace InferF.Frontend.Models.XGBoost;

/// <summary>Reads JSON into <see cref="DocumentValue"/>s.</summary>
internal static class JsonDocumentReader
{
    /// <summary>Reads a document.</summary>
    /// <exception cref="InferFException">The text is no JSON; the message names line and position.</exception>
    public static DocumentValue Read(ReadOnlySpan<byte> bytes)
    {
        try
        {
            // XGBoost writes NaN and infinities as bare words, which no JSON reader takes; a file with such numbers is broken all the same.
            var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = DocumentValue.MaxDepth });
            reader.Read();
            DocumentValue value = Value(ref reader);
            return reader.Read() ? throw ModelErrors.Invalid($"Something follows the JSON document. Byte {reader.BytesConsumed}.") : value;
        }
        catch (JsonException e)
        {
            throw ModelErrors.Invalid($"The model is not valid JSON. Line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}: {Reason(e)}", e);
        }
        catch (InvalidOperationException e)
        {
            throw ModelErrors.Invalid($"A text of the model is not valid UTF-8. {e.Message}", e);
        }
    }

    private static string Reason(JsonException e)
    {
        int end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? e.Message : e.Message[..end];
    }

    private static DocumentValue Value(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                Dictionary<string, DocumentValue> fields = new(StringComparer.Ordinal);
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    string name = reader.GetString()!;
                    reader.Read();
                    if (!fields.TryAdd(name, Value(ref reader)))
                    {
                        throw ModelErrors.Invalid($"A field of the model is there twice. '{name}', before byte {reader.BytesConsumed}.");
                    }
                }
                return DocumentValue.Of(fields);
            case JsonTokenType.StartArray:
                return List(ref reader);
            case JsonTokenType.String:
                return DocumentValue.Of(reader.GetString()!);
            case JsonTokenType.Number:
                return DocumentValue.Of(reader.GetDouble());
            case JsonTokenType.True:
                return DocumentValue.Of(1);
            case JsonTokenType.False:
                return DocumentValue.Of(0);
            default:
                return DocumentValue.Null;
        }
    }

    private static DocumentValue List(ref Utf8JsonReader reader)
    {
        List<double> numbers = [];
        while (reader.Read() && reader.TokenType is JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False)
        {
            numbers.Add(reader.TokenType == JsonTokenType.Number ? reader.GetDouble() : reader.TokenType == JsonTokenType.True ? 1 : 0);
        }
        if (reader.TokenType == JsonTokenType.EndArray)
        {
            return DocumentValue.Of([.. numbers]);
        }
        List<DocumentValue> elements = [.. numbers.Select(DocumentValue.Of)];
        do
        {
            elements.Add(Value(ref reader));
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray);
        return DocumentValue.Of(elements);
    }
}
