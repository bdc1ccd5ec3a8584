using InferF.Plan.Model;

namespace InferF.Verification.Bounds;

/// <summary>What one operation in a floating-point type may lose.</summary>
/// <param name="Type">Float32 or Float64.</param>
internal readonly record struct Rounding(ElementType Type)
{
    // Approximations of exp, tanh and the like in common single-precision kernels are good to a few units in the last place; twice
    // that for two implementations.
    private const double FunctionUlps = 16;

    /// <summary>Unit roundoff: 2⁻²⁴ or 2⁻⁵³.</summary>
    public double Unit => Type == ElementType.Float32 ? 5.9604644775390625e-8 : 1.1102230246251565e-16;

    /// <summary>Largest finite value.</summary>
    public double Largest => Type == ElementType.Float32 ? float.MaxValue : double.MaxValue;

    /// <summary>Two approximations of a transcendental function may differ by this much relative to 1 (or to the value).</summary>
    public double Function => FunctionUlps * Unit;

    /// <summary>Some implementations flush results below the normal range to zero, others do not.</summary>
    public double Underflow => Type == ElementType.Float32 ? 1.1754943508222875e-38 : 2.2250738585072014e-308;

    /// <summary>Factor on S = Σ|terms| of the difference between two orders of adding <paramref name="terms"/> of them: 2·D·u (Higham,
    /// "Accuracy and Stability of Numerical Algorithms", 2nd ed., 2002, section 3.1).</summary>
    public double Sum(int terms) => 2.0 * terms * Unit;

    /// <summary>The bound, or infinity if a partial result of this magnitude may overflow in one order of operations and not in another.</summary>
    public double UnlessOverflow(double bound, double magnitude) => magnitude > Largest / 2 ? double.PositiveInfinity : bound;
}
