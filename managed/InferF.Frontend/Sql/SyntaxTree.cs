using System.Globalization;
using System.Text.Json.Nodes;

namespace InferF.Frontend.Sql;

/// <summary>Reads and builds the JSON syntax trees of DuckDB.</summary>
internal static class SyntaxTree
{
    /// <summary>The direct sub-expressions of an expression, in syntax order.</summary>
    public static IEnumerable<JsonObject> Children(JsonObject expression)
    {
        var children = new List<JsonObject>();
        Rebuild(expression, child =>
        {
            children.Add(child);
            return new JsonObject();
        });
        return children;
    }

    /// <summary>Copies an expression with its direct sub-expressions replaced.</summary>
    public static JsonObject Rebuild(JsonObject expression, Func<JsonObject, JsonObject> replace)
    {
        if (Text(expression, "class") == "CONSTANT")
        {
            return ExactConstant(expression);
        }
        var copy = new JsonObject();
        foreach ((string name, JsonNode? value) in expression)
        {
            copy[name] = RebuildPart(value, replace);
        }
        return copy;
    }

    private static JsonNode? RebuildPart(JsonNode? part, Func<JsonObject, JsonObject> replace)
    {
        switch (part)
        {
            case JsonObject tree when tree.ContainsKey("class") && tree.ContainsKey("type"):
                return replace(tree);
            case JsonObject tree:
                var copy = new JsonObject();
                foreach ((string name, JsonNode? value) in tree)
                {
                    copy[name] = RebuildPart(value, replace);
                }
                return copy;
            case JsonArray list:
                return new JsonArray([.. list.Select(item => RebuildPart(item, replace))]);
            default:
                return part?.DeepClone();
        }
    }

    /// <summary>A string property, or an empty string.</summary>
    public static string Text(JsonObject node, string property)
    {
        return node[property] is JsonValue value && value.TryGetValue(out string? text) ? text : "";
    }

    /// <summary>A column reference.</summary>
    public static JsonObject ColumnReference(string name)
    {
        return Expression("COLUMN_REF", "COLUMN_REF", ("column_names", new JsonArray(name)));
    }

    /// <summary>A field of a struct; Rebuild replaces the struct and the field's name.</summary>
    public static JsonObject StructExtract(string field)
    {
        return Expression("OPERATOR", "STRUCT_EXTRACT", ("children", new JsonArray(Constant("?"), Constant(field))));
    }

    /// <summary>IS NOT NULL; Rebuild replaces its operand.</summary>
    public static JsonObject IsNotNull()
    {
        return Expression("OPERATOR", "OPERATOR_IS_NOT_NULL", ("children", new JsonArray(Constant("?"))));
    }

    /// <summary>A text constant.</summary>
    public static JsonObject Constant(string text)
    {
        var value = new JsonObject
        {
            ["type"] = new JsonObject { ["id"] = "VARCHAR", ["type_info"] = null },
            ["is_null"] = false,
            ["value"] = text,
        };
        return Expression("CONSTANT", "VALUE_CONSTANT", ("value", value));
    }

    /// <summary>A cast.</summary>
    private static JsonObject Cast(JsonObject child, string type)
    {
        return Expression("CAST", "OPERATOR_CAST", ("child", child),
            ("cast_type", new JsonObject { ["id"] = type, ["type_info"] = null }), ("try_cast", false));
    }

    /// <summary>Reads a constant: null, bool, long, decimal, double or string.</summary>
    public static bool TryConstant(JsonObject constant, out object? value)
    {
        value = null;
        JsonNode content = constant["value"]!;
        if (content["is_null"]!.GetValue<bool>())
        {
            return true;
        }
        JsonNode? literal = content["value"];
        switch (content["type"]!["id"]!.GetValue<string>())
        {
            case "TINYINT" or "SMALLINT" or "INTEGER" or "BIGINT":
                value = literal!.GetValue<long>();
                return true;
            case "DECIMAL":
                // Unscaled digits; above 18 digits DuckDB writes a pair of 64-bit halves, which only DOUBLE could approximate.
                int scale = content["type"]!["type_info"]!["scale"]!.GetValue<int>();
                if (literal is JsonValue digits && digits.TryGetValue(out long unscaled))
                {
                    value = new decimal(unscaled) / Power(scale);
                    return true;
                }
                return false;
            case "DOUBLE":
                value = literal is JsonValue number && number.TryGetValue(out double real) ? real : null;
                return value is not null;
            case "VARCHAR":
                value = literal!.GetValue<string>();
                return true;
            case "BOOLEAN":
                value = literal!.GetValue<bool>();
                return true;
            default:
                return false;
        }
    }

    private static decimal Power(int scale)
    {
        decimal power = 1;
        for (int i = 0; i < scale; i++)
        {
            power *= 10;
        }
        return power;
    }

    // DuckDB prints the double 1e0 as 1.0, which it would read back as a DECIMAL; a cast of the exact digits keeps type and value.
    private static JsonObject ExactConstant(JsonObject constant)
    {
        if (constant["value"]?["type"]?["id"]?.GetValue<string>() == "DOUBLE" && TryConstant(constant, out object? value) && value is double real)
        {
            return Cast(Constant(real.ToString("R", CultureInfo.InvariantCulture)), "DOUBLE");
        }
        return constant.DeepClone().AsObject();
    }

    private static JsonObject Expression(string kind, string type, params ReadOnlySpan<(string Name, JsonNode? Value)> properties)
    {
        var expression = new JsonObject { ["class"] = kind, ["type"] = type, ["alias"] = "", ["query_location"] = ulong.MaxValue };
        foreach ((string name, JsonNode? value) in properties)
        {
            expression[name] = value;
        }
        return expression;
    }
}
