using InferF.Plan.Model;
using Microsoft.ML.OnnxRuntime;

namespace InferF.Verification.Bounds;

/// <summary>
/// Submodels that only ONNX Runtime can evaluate. What their arithmetic may lose is measured: the submodel is run again on inputs that are disturbed
/// as far as their own errors reach and a few units of rounding beyond, in random directions, and the outputs' movement is scaled up to
/// the worst direction.
/// </summary>
/// <remarks>
/// <para>By backward error analysis a stable evaluation of f at x is the exact f at some x̂ close to x (Higham, section 1.5); how far f moves when x does is
/// what this samples, as CESTAC and other random-rounding methods do (Higham, section 26.3; Vignes, "A stochastic arithmetic for reliable
/// scientific computation", 1993).</para>
/// <para>For a function that is nearly linear within the disturbance, signs chosen at random move an output by √Σ(∂f/∂xᵢ·δᵢ)² in the mean of squares,
/// and the worst signs by Σ|∂f/∂xᵢ·δᵢ|, at most √n times as much. Hence the factor √n on the largest of several samples, doubled. Added to
/// it are 32 units of the largest element of the output: results of cancellation are small beside their neighbours, and biases are not disturbed.</para>
/// </remarks>
internal static class OnnxRunBounds
{
    private const int Samples = 3;
    private const double DisturbedUnits = 8;
    private const double OwnUnits = 32;

    /// <summary>Evaluates a run.</summary>
    /// <returns>By output of the submodel.</returns>
    public static Block[] Evaluate(OnnxRunExpr run, Block[] arguments, int rows, InferenceSession session)
    {
        OnnxSubmodel submodel = run.Submodel;
        Block[] exact = Run(run, arguments, rows, session);
        double[][] moved = [.. exact.Select(o => new double[o.Count])];
        Random random = new(1);
        for (int sample = 0; sample < Samples; sample++)
        {
            Block[] disturbed = Run(run, [.. arguments.Select(a => Disturb(a, random))], rows, session);
            for (int output = 0; output < exact.Length; output++)
            {
                for (int i = 0; i < moved[output].Length; i++)
                {
                    double distance = exact[output].Number(i).Equals(disturbed[output].Number(i)) ? 0 : Math.Abs(exact[output].Number(i) - disturbed[output].Number(i));
                    moved[output][i] = double.IsNaN(distance) ? double.PositiveInfinity : Math.Max(moved[output][i], distance);
                }
            }
        }
        bool[] unbounded = Unbounded(arguments, rows);
        double worstDirection = 2 * Math.Sqrt(Math.Max(1, run.Arguments.Sum(a => a.Width)));
        return [.. exact.Select((block, output) => WithErrors(block, moved[output], submodel.Outputs[output].Width, worstDirection, unbounded))];
    }

    private static Block WithErrors(Block block, double[] moved, int width, double worstDirection, bool[] unbounded)
    {
        double[] errors = new double[block.Count];
        double unit = new Rounding(block.Type).Unit;
        for (int row = 0; row < unbounded.Length; row++)
        {
            double largest = 0;
            for (int j = 0; j < width; j++)
            {
                double magnitude = Math.Abs(block.Number(row * width + j));
                largest = double.IsFinite(magnitude) ? Math.Max(largest, magnitude) : largest;
            }
            for (int i = row * width; i < (row + 1) * width; i++)
            {
                errors[i] = unbounded[row] ? double.PositiveInfinity
                    : block.Type == ElementType.Int64 ? moved[i]
                    : double.IsFinite(block.Number(i)) ? worstDirection * moved[i] + OwnUnits * unit * largest
                    : moved[i];
            }
        }
        return new Block(block.Type, block.Values, errors);
    }

    private static Block Disturb(Block block, Random random)
    {
        if (block.Values is not double[] floats)
        {
            return block;
        }
        double unit = DisturbedUnits * new Rounding(block.Type).Unit;
        double[] disturbed = new double[floats.Length];
        for (int i = 0; i < floats.Length; i++)
        {
            double reach = block.Errors![i] + unit * Math.Abs(floats[i]);
            disturbed[i] = double.IsFinite(reach) ? floats[i] + (random.Next(2) == 0 ? reach : -reach) : floats[i];
        }
        return Block.Rounded(block.Type, disturbed, block.Errors!);
    }

    // Rows with an input about which nothing is known: no bound, or an integer or text that may be another one.
    private static bool[] Unbounded(Block[] arguments, int rows)
    {
        bool[] unbounded = new bool[rows];
        foreach (Block argument in arguments)
        {
            int width = argument.Count / Math.Max(1, rows);
            for (int i = 0; i < argument.Count; i++)
            {
                unbounded[i / width] |= argument.Values is double[] ? !double.IsFinite(argument.Errors![i]) : argument.MayDiffer(i);
            }
        }
        return unbounded;
    }

    private static Block[] Run(OnnxRunExpr run, Block[] arguments, int rows, InferenceSession session)
    {
        OnnxSubmodel submodel = run.Submodel;
        Array[] outputs = [.. submodel.Outputs.Select(o => o.Type == ElementType.Int64 ? (Array)new long[rows * o.Width] : new double[rows * o.Width])];
        int chunk = submodel.IsBatched ? rows : 1;
        for (int row = 0; row < rows; row += chunk)
        {
            Dictionary<string, OrtValue> inputs = [];
            try
            {
                for (int i = 0; i < arguments.Length; i++)
                {
                    long[] dims = [.. submodel.IsBatched ? [chunk] : Array.Empty<long>(), .. submodel.Inputs[i].Dims.Select(d => (long)d)];
                    int width = arguments[i].Count / rows;
                    inputs.Add(submodel.Inputs[i].Name, Tensor(arguments[i], row * width, chunk * width, dims));
                }
                using RunOptions options = new();
                using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, inputs, [.. submodel.Outputs.Select(o => o.Name)]);
                for (int i = 0; i < outputs.Length; i++)
                {
                    Read(results[i], submodel.Outputs[i], outputs[i], row, chunk);
                }
            }
            finally
            {
                foreach (OrtValue value in inputs.Values)
                {
                    value.Dispose();
                }
            }
        }
        return [.. outputs.Select((o, i) => o is long[] integers ? Block.Exact(integers) : Block.Exact(submodel.Outputs[i].Type, (double[])o))];
    }

    private static void Read(OrtValue value, OnnxSubmodelOutput output, Array target, int row, int rows)
    {
        int width = output.Width;
        switch (output.Type)
        {
            case ElementType.Float32:
                ReadOnlySpan<float> singles = Checked<float>(value, output, rows);
                for (int i = 0; i < singles.Length; i++)
                {
                    ((double[])target)[row * width + i] = singles[i];
                }
                break;
            case ElementType.Float64:
                Checked<double>(value, output, rows).CopyTo(((double[])target).AsSpan(row * width));
                break;
            default:
                Checked<long>(value, output, rows).CopyTo(((long[])target).AsSpan(row * width));
                break;
        }
    }

    private static ReadOnlySpan<T> Checked<T>(OrtValue value, OnnxSubmodelOutput output, int rows)
        where T : unmanaged
    {
        ReadOnlySpan<T> span = value.GetTensorDataAsSpan<T>();
        return span.Length == rows * output.Width
            ? span
            : throw new InferFException(InferFErrorCode.InvalidModel, $"A part of the model has a result of another size. Output '{output.Name}': {span.Length} elements, expected {rows} x {output.Width}.");
    }

    private static OrtValue Tensor(Block block, int start, int count, long[] dims)
    {
        switch (block.Type)
        {
            case ElementType.Float32:
                return OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(block.Floats[start..(start + count)], v => (float)v), dims);
            case ElementType.Float64:
                return OrtValue.CreateTensorValueFromMemory(block.Floats[start..(start + count)], dims);
            case ElementType.Int64:
                return OrtValue.CreateTensorValueFromMemory(block.Integers[start..(start + count)], dims);
            default:
                OrtValue texts = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, dims);
                for (int i = 0; i < count; i++)
                {
                    texts.StringTensorSetElementAt(block.Texts[start + i].AsSpan(), i);
                }
                return texts;
        }
    }
}
