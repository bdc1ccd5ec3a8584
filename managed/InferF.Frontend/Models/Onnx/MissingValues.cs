using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx;

/// <summary>Finds the inputs whose missing values the model replaces itself.</summary>
internal static class MissingValues
{
    /// <summary>
    /// Indices of the inputs of which every use leads, through nothing but rearrangement and conversion between float types, into an
    /// imputer that replaces NaN. An input without any use is among them: nothing can depend on its missing values.
    /// </summary>
    public static HashSet<int> InputsThatReplaceThem(IEnumerable<ModelOutput> outputs, int inputCount)
    {
        HashSet<int> result = [.. Enumerable.Range(0, inputCount)];
        HashSet<(TensorExpr, bool)> seen = [];
        Stack<(TensorExpr Expression, bool Covered)> pending = new(outputs.Select(output => (output.Expression, false)));
        while (pending.TryPop(out (TensorExpr Expression, bool Covered) item))
        {
            if (!seen.Add(item))
            {
                continue;
            }
            if (item.Expression is InputExpr input && !item.Covered)
            {
                result.Remove(input.Index);
            }
            bool covered = item.Expression switch
            {
                ImputeExpr impute => item.Covered || double.IsNaN(impute.Replaced),
                ConcatExpr or SliceExpr => item.Covered,
                CastExpr cast => item.Covered && IsFloat(cast.Type) && IsFloat(cast.Arguments[0].Type),
                _ => false,
            };
            foreach (TensorExpr argument in item.Expression.Arguments)
            {
                pending.Push((argument, covered));
            }
        }
        return result;
    }

    private static bool IsFloat(ElementType type) => type is ElementType.Float32 or ElementType.Float64;
}
