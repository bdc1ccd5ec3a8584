using InferF.Plan.Model;

namespace InferF.Verification.Bounds;

/// <summary>
/// What keeping partial results in half precision may lose (<see cref="InferF.Plan.Query.Precision.Fast"/>). A number x becomes x·(1 + δ) + η with |δ| ≤ 2⁻¹¹ and |η| ≤ 2⁻²⁵ (IEEE 754
/// binary16, Higham, section 2.1), each time it is handed on; a partial result is at most the sum of its terms' magnitudes.
/// </summary>
/// <param name="Times">How often a partial result may be narrowed on its way, at most once per table; 0 if it is not.</param>
internal readonly record struct Narrowing(int Times)
{
    private const double Unit = 4.8828125e-4;
    private const double Underflow = 2.98023223876953125e-8;

    /// <summary>Factor on the sum of the terms' magnitudes.</summary>
    public double Relative => Math.Pow(1 + Unit, Times) - 1;

    /// <summary>What is lost beyond that.</summary>
    public double Absolute => 2 * Times * Underflow;

    /// <summary>The same for one expression: nothing if it cannot be a sum that is narrowed.</summary>
    public Narrowing Of(TensorExpr expression) => expression.Type == ElementType.Float32 ? this : default;

    /// <summary>Widens the bounds of a binary function: the terms of a sum or difference are partial results themselves; factors and shifts of a sum move into its terms.</summary>
    public Block Widen(TensorExpr expression, Block[] arguments, Block result)
    {
        BinaryFunction function = expression switch
        {
            BinaryExpr binary => binary.Function,
            ConstantBinaryExpr binary => binary.Function,
            _ => throw new InferFException(InferFErrorCode.Internal, "No binary function."),
        };
        bool isSum = function is BinaryFunction.Add or BinaryFunction.Subtract;
        if (Times == 0 || !isSum && function is not (BinaryFunction.Multiply or BinaryFunction.Divide))
        {
            return result;
        }
        double[] errors = result.Errors!;
        for (int i = 0; i < errors.Length; i++)
        {
            errors[i] += Absolute;
            foreach (Block argument in isSum ? arguments : [])
            {
                int at = ColumnBounds.Broadcast(i, expression.Width, (int)((long)argument.Count * expression.Width / errors.Length));
                errors[i] += Relative * (Math.Abs(argument.Floats[at]) + argument.Errors![at]);
            }
        }
        return result;
    }
}
