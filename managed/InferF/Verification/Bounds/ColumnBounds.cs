using InferF.Plan.Model;

namespace InferF.Verification.Bounds;

/// <summary>Expressions that move or choose elements without computing any.</summary>
internal static class ColumnBounds
{
    /// <summary>A constant row for every row.</summary>
    public static Block Repeat(ConstantTensor tensor, int rows)
    {
        Block row = Block.Exact(tensor.Data);
        return Take(row, [.. Enumerable.Repeat(Enumerable.Range(0, row.Count), rows).SelectMany(i => i)]);
    }

    /// <summary>Concat, Slice and SelectColumns.</summary>
    public static Block Rearrange(TensorExpr expression, Block[] arguments, int rows)
    {
        int width = expression.Width;
        Result result = new(expression.Type, rows * width);
        for (int row = 0; row < rows; row++)
        {
            int to = row * width;
            for (int i = 0; i < arguments.Length; i++)
            {
                int argumentWidth = expression.Arguments[i].Width;
                int from = row * argumentWidth;
                switch (expression)
                {
                    case SelectColumnsExpr select:
                        foreach (long column in select.Indices.Int64)
                        {
                            result.Copy(arguments[i], from + (int)column, to++, 1);
                        }
                        break;
                    case SliceExpr slice:
                        result.Copy(arguments[i], from + slice.Start, to, width);
                        break;
                    default:
                        result.Copy(arguments[i], from, to, argumentWidth);
                        to += argumentWidth;
                        break;
                }
            }
        }
        return result.Block;
    }

    /// <summary>The elements at some positions.</summary>
    public static Block Take(Block block, int[] positions)
    {
        Result result = new(block.Type, positions.Length);
        for (int i = 0; i < positions.Length; i++)
        {
            result.Copy(block, positions[i], i, 1);
        }
        return result.Block;
    }

    /// <summary>An undecided condition may choose either side: the bound reaches from the chosen value to the other one and beyond by its error.</summary>
    public static Block Where(WhereExpr where, Block[] arguments, int rows)
    {
        int width = where.Width;
        Result result = new(where.Type, rows * width);
        Block condition = arguments[0];
        for (int i = 0; i < rows * width; i++)
        {
            int decides = Broadcast(i, width, where.Arguments[0].Width);
            int left = Broadcast(i, width, where.Arguments[1].Width);
            int right = Broadcast(i, width, where.Arguments[2].Width);
            bool isLeft = condition.Integers[decides] != 0;
            (Block chosen, int at) = isLeft ? (arguments[1], left) : (arguments[2], right);
            result.Copy(chosen, at, i, 1);
            if (MayChangeTruth(condition, decides))
            {
                (Block other, int otherAt) = isLeft ? (arguments[2], right) : (arguments[1], left);
                result.Widen(i, other, otherAt);
            }
        }
        return result.Block;
    }

    /// <summary>Replaced values, certain unless a computed one lies within its error of the value to replace.</summary>
    public static Block Impute(ImputeExpr impute, Block argument, double[] imputed)
    {
        int width = impute.Width;
        double replaced = impute.Type == ElementType.Float32 ? (float)impute.Replaced : impute.Replaced;
        Result result = new(impute.Type, argument.Count);
        Block constants = Block.Exact(impute.Imputed.Data);
        for (int i = 0; i < argument.Count; i++)
        {
            double x = argument.Number(i);
            int column = imputed.Length == 1 ? 0 : i % width;
            bool hit = argument.Type == ElementType.Int64 ? argument.Integers[i] == (long)replaced : double.IsNaN(replaced) ? double.IsNaN(x) : x == replaced;
            result.Copy(hit ? constants : argument, hit ? column : i, i, 1);
            double error = argument.Errors![i];
            // An unbounded error may have become NaN or not.
            if (double.IsNaN(replaced) ? !double.IsFinite(error) && !double.IsNaN(x) : error > 0 && Math.Abs(x - replaced) <= error)
            {
                result.Widen(i, hit ? argument : constants, hit ? i : column);
            }
        }
        return result.Block;
    }

    /// <summary>Where element <paramref name="i"/> of a result is found in an operand that may be of width 1.</summary>
    public static int Broadcast(int i, int width, int operandWidth) => operandWidth == width ? i : i / width;

    /// <summary>True if an integer may be zero in one evaluation and not in another.</summary>
    public static bool MayChangeTruth(Block integers, int index) => integers.MayDiffer(index) && !(Math.Abs((double)integers.Integers[index]) > integers.Errors![index]);

    /// <summary>A block that is filled element by element.</summary>
    internal sealed class Result
    {
        private readonly Array _values;
        private readonly double[]? _errors;
        private readonly ElementType _type;
        private bool[]? _uncertain;

        /// <summary>Prepares <paramref name="count"/> elements.</summary>
        public Result(ElementType type, int count)
        {
            _type = type;
            _values = type switch
            {
                ElementType.Int64 => new long[count],
                ElementType.String => new string[count],
                _ => new double[count],
            };
            _errors = type == ElementType.String ? null : new double[count];
        }

        /// <summary>What has been filled in.</summary>
        public Block Block => new(_type, _values, _errors, _uncertain);

        /// <summary>Copies elements with their bounds.</summary>
        public void Copy(Block source, int from, int to, int count)
        {
            Array.Copy(source.Values, from, _values, to, count);
            if (_errors is not null)
            {
                Array.Copy(source.Errors!, from, _errors, to, count);
            }
            else if (source.Uncertain is not null)
            {
                Array.Copy(source.Uncertain, from, _uncertain ??= new bool[_values.Length], to, count);
            }
        }

        /// <summary>Lets an element be another one too.</summary>
        public void Widen(int index, Block other, int at)
        {
            if (_errors is null)
            {
                string text = other.Texts[at];
                if (other.MayDiffer(at) || ((string[])_values)[index] != text)
                {
                    (_uncertain ??= new bool[_values.Length])[index] = true;
                }
                return;
            }
            double value = _values is double[] floats ? floats[index] : ((long[])_values)[index];
            double reach = value.Equals(other.Number(at)) ? other.Errors![at] : Math.Abs(value - other.Number(at)) + other.Errors![at];
            _errors[index] = double.IsNaN(reach) ? double.PositiveInfinity : Math.Max(_errors[index], reach);
        }
    }
}
