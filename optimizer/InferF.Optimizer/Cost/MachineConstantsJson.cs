using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using InferF.Plan;

namespace InferF.Optimizer.Cost;

/// <summary>Machine constants as a JSON object: a number, a curve (<c>[[size, seconds], …]</c>) or a surface per constant. Reading checks everything.</summary>
public static class MachineConstantsJson
{
    /// <summary>Version of the format; constants of another one are not read.</summary>
    public const int Version = 1;

    // Far above what is written: hostile files must not make planning slow.
    private const int MostPoints = 256;

    // Sizes are at most exabytes and seconds at least those of light across an atom: products of them stay finite.
    private const double Least = 1e-18;
    private const double Most = 1e18;

    /// <summary>Writes constants.</summary>
    public static JsonObject Write(MachineConstants constants)
    {
        ArgumentNullException.ThrowIfNull(constants);
        JsonObject json = new() { ["version"] = Version, ["source"] = constants.Source };
        foreach (MachineConstantField field in MachineConstantField.All)
        {
            json[field.Name] = field switch
            {
                MachineNumber number => JsonValue.Create(number.Get(constants)),
                MachineCurve curve => new JsonArray([.. curve.Get(constants).Points.Select(point => Numbers([point.Size, point.Seconds]))]),
                MachineSurface surface => Surface(surface.Get(constants)),
                _ => null,
            };
        }
        return json;
    }

    /// <summary>Reads constants.</summary>
    /// <param name="json">What <see cref="Write"/> gave. Anything else is refused.</param>
    /// <exception cref="InferFException"><see cref="InferFErrorCode.InvalidData"/>: it is no JSON object, of another version, or a constant is missing or
    /// not positive and finite.</exception>
    public static MachineConstants Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw Invalid($"expected an object, got {json.ValueKind}");
        }
        if (!json.TryGetProperty("version", out JsonElement version) || version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out int number) || number != Version)
        {
            throw Invalid($"expected \"version\": {Version}");
        }
        if (!json.TryGetProperty("source", out JsonElement source) || source.ValueKind != JsonValueKind.String || source.GetString() is not { Length: > 0 and <= 100 } name
            || name.Any(char.IsControl))
        {
            throw Invalid("expected a short \"source\"");
        }
        MachineConstants constants = MachineConstants.Default with { Source = name };
        foreach (MachineConstantField field in MachineConstantField.All)
        {
            if (!json.TryGetProperty(field.Name, out JsonElement value))
            {
                throw Invalid($"\"{field.Name}\" is missing");
            }
            try
            {
                constants = field switch
                {
                    MachineNumber scalar => scalar.Set(constants, Number(value)),
                    MachineCurve curve => curve.Set(constants, new CostCurve([.. Items(value).Select(Point)])),
                    MachineSurface surface => surface.Set(constants, Surface(value)),
                    _ => constants,
                };
            }
            catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or FormatException)
            {
                throw Invalid($"\"{field.Name}\": {exception.Message}", exception);
            }
        }
        return constants;
    }

    private static JsonObject Surface(CostSurface surface) => new()
    {
        ["rows"] = Numbers(surface.Rows),
        ["columns"] = Numbers(surface.Columns),
        ["seconds"] = new JsonArray([.. surface.Rows.Select((_, row) => Numbers(surface.Columns.Select((_, column) => surface[row, column])))]),
    };

    private static CostSurface Surface(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object
            || !value.TryGetProperty("rows", out JsonElement rows)
            || !value.TryGetProperty("columns", out JsonElement columns)
            || !value.TryGetProperty("seconds", out JsonElement seconds))
        {
            throw new FormatException("expected rows, columns and seconds.");
        }
        return new CostSurface([.. Items(rows).Select(Number)], [.. Items(columns).Select(Number)], [.. Items(seconds).Select(row => Items(row).Select(Number).ToImmutableArray())]);
    }

    private static CostPoint Point(JsonElement value) =>
        Items(value).ToList() is [JsonElement size, JsonElement seconds] ? new CostPoint(Number(size), Number(seconds)) : throw new FormatException("expected pairs of size and seconds.");

    private static double Number(JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number is >= Least and <= Most
        ? number
        : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"expected numbers from {Least} to {Most}."));

    private static IEnumerable<JsonElement> Items(JsonElement value) => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() <= MostPoints
        ? value.EnumerateArray()
        : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"expected a list of at most {MostPoints}."));

    private static JsonArray Numbers(IEnumerable<double> numbers) => new([.. numbers.Select(number => (JsonNode)JsonValue.Create(number))]);

    private static InferFException Invalid(string reason, Exception? inner = null) => new(InferFErrorCode.InvalidData, $"These are no machine constants: {reason}.", position: null, inner);
}
