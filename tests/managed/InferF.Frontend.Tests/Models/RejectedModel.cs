using InferF.Frontend.Models;
using InferF.Testing;

namespace InferF.Frontend.Tests.Models;

/// <summary>Asserts that a model is refused with a certain code and text.</summary>
internal static class RejectedModel
{
    public static void Unsupported(OnnxBuilder builder, params string[] parts) => With(InferFErrorCode.UnsupportedModel, builder.Build(), null, parts);

    public static void Invalid(OnnxBuilder builder, params string[] parts) => With(InferFErrorCode.InvalidModel, builder.Build(), null, parts);

    public static void With(InferFErrorCode code, byte[] model, string? directory, params string[] parts)
    {
        InferFException error = Assert.Throws<InferFException>(() => OnnxModelReader.Read(model, "model", directory));
        foreach (string part in parts)
        {
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        }
        Assert.True(error.Code == code, $"{error.Code}: {error.Message}");
    }
}
