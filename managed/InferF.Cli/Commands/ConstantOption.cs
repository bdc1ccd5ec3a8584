using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using InferF.Frontend.Models;
using InferF.Plan;

namespace InferF.Cli.Commands;

/// <summary><c>--constant</c>: values of model inputs that are the same for every row, as JSON.</summary>
/// <param name="needsModel">The name of the input is preceded by that of its model.</param>
internal sealed class ConstantOption(bool needsModel)
{
    /// <summary>The option.</summary>
    public Option<string[]> Option { get; } = new("--constant")
    {
        Description = $"The value of a model input that is the same for every row, as {(needsModel ? "model." : "")}input=JSON, e.g. {(needsModel ? "m." : "")}axes=[1,2]; repeat for more",
        AllowMultipleArgumentsPerToken = false,
    };

    /// <summary>How a model is loaded.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="model">The model's name, if the option names models.</param>
    /// <exception cref="InferFException">A value is wrong.</exception>
    public ModelOptions OptionsOf(ParseResult parse, string model)
    {
        Dictionary<string, ModelConstant> constants = new(StringComparer.Ordinal);
        foreach (string given in parse.GetValue(Option) ?? [])
        {
            int equals = given.IndexOf('=', StringComparison.Ordinal);
            string prefix = needsModel ? model + "." : "";
            if (equals < 1 || (needsModel && given.IndexOf('.', StringComparison.Ordinal) is var dot && (dot < 1 || dot > equals)))
            {
                throw new InferFException(InferFErrorCode.InvalidArgument, $"--constant takes {(needsModel ? "model." : "")}input=JSON. Found '{given}'.");
            }
            if (given.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                constants[given[prefix.Length..equals]] = Parse(given[(equals + 1)..], given);
            }
        }
        return new ModelOptions { Constants = constants };
    }

    /// <summary>Refuses values for models that are not loaded.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="models">Names of the models.</param>
    /// <exception cref="InferFException">A value is given for another model.</exception>
    public void RequireModels(ParseResult parse, IReadOnlyCollection<string> models)
    {
        foreach (string given in parse.GetValue(Option) ?? [])
        {
            string model = given.Split('.', 2)[0];
            if (!models.Contains(model, StringComparer.OrdinalIgnoreCase))
            {
                throw new InferFException(
                    InferFErrorCode.UnknownName, $"--constant names a model that is not loaded. Found '{given}', model '{model}'.{NearestName.Hint(model, models)}");
            }
        }
    }

    private static ModelConstant Parse(string json, string given)
    {
        List<JsonElement> elements = [];
        List<int> shape = [];
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            Collect(document.RootElement, 0, elements, shape, given);
            Array data = elements.All(element => element.ValueKind == JsonValueKind.String) && elements.Count > 0
                ? elements.Select(element => element.GetString()!).ToArray()
                : elements.All(element => element.ValueKind is JsonValueKind.True or JsonValueKind.False || element.TryGetInt64(out _))
                    ? elements.Select(element => element.ValueKind is JsonValueKind.True or JsonValueKind.False ? (element.GetBoolean() ? 1L : 0L) : element.GetInt64()).ToArray()
                    : elements.Select(element => element.GetDouble()).ToArray();
            return new ModelConstant(data, [.. shape]);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new InferFException(InferFErrorCode.InvalidArgument, $"The value of --constant is no number, text or list of those: {e.Message} Found '{given}'.", inner: e);
        }
    }

    private static void Collect(JsonElement element, int depth, List<JsonElement> elements, List<int> shape, string given)
    {
        if (element.ValueKind != JsonValueKind.Array)
        {
            if (depth != shape.Count)
            {
                throw Ragged(given);
            }
            elements.Add(element);
            return;
        }
        int length = element.GetArrayLength();
        if (depth == shape.Count && elements.Count == 0)
        {
            shape.Add(length);
        }
        else if (depth >= shape.Count || shape[depth] != length)
        {
            throw Ragged(given);
        }
        foreach (JsonElement inner in element.EnumerateArray())
        {
            Collect(inner, depth + 1, elements, shape, given);
        }
    }

    private static InferFException Ragged(string given) =>
        new(InferFErrorCode.InvalidArgument, string.Create(CultureInfo.InvariantCulture, $"The lists in the value of --constant have different lengths. Found '{given}'."));
}
