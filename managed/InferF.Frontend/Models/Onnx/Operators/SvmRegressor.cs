using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>SVMRegressor of ai.onnx.ml. A post-transform is ignored, as ONNX Runtime does; a one-class model gives 1 or −1.</summary>
internal static class SvmRegressor
{
    public static ImmutableArray<OnnxValue?> Import(OperatorContext context)
    {
        RowValue features = SvmKernel.Features(context);
        var kernel = new SvmKernel(context);
        float[] coefficients = context.Attributes.Floats("coefficients");
        float[] rho = context.Attributes.Floats("rho");
        long supports = context.Attributes.Integer("n_supports", 0);
        if (rho.Length == 0 || coefficients.Length == 0 || supports < 0 || supports > ModelLimits.MaxWidth)
        {
            throw context.Invalid($"rho, coefficients and n_supports from 0 on are expected, found {rho.Length} and {coefficients.Length} elements and {supports}");
        }
        TensorExpr score;
        if (supports == 0)
        {
            score = kernel.Linear(features, coefficients, 1, rho[0]);
        }
        else
        {
            if (coefficients.Length != supports)
            {
                throw context.Invalid($"{supports} support vectors need as many coefficients, found {coefficients.Length}");
            }
            ConstantTensor weight = ConstantTensor.Create(context.ParameterName("coefficients"), coefficients.Length, 1, coefficients);
            ConstantTensor bias = ConstantTensor.Create(context.ParameterName("rho"), 1, 1, rho[..1]);
            score = new LinearExpr(kernel.Values(features, (int)supports), weight, bias) { Origin = context.Origin };
        }
        if (context.Attributes.Integer("one_class", 0) != 0)
        {
            TensorExpr isInside = new ConstantBinaryExpr(BinaryFunction.Greater, score, Constant(0)) { Origin = context.Origin };
            score = new WhereExpr(isInside, new ConstantExpr(Constant(1)) { Origin = context.Origin }, new ConstantExpr(Constant(-1)) { Origin = context.Origin }) { Origin = context.Origin };
        }
        return [new RowValue(score, [1], OnnxType.Float)];

        ConstantTensor Constant(float value) => ConstantTensor.Create(context.ParameterName("constant"), 1, 1, new[] { value });
    }
}
