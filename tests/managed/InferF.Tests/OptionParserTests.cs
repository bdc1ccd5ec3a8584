using InferF.Plan.Query;

namespace InferF.Tests;

public sealed class OptionParserTests
{
    [Theory]
    [InlineData("4GB", 4_000_000_000)]
    [InlineData("4gb", 4_000_000_000)]
    [InlineData(" 1.5 KiB ", 1536)]
    [InlineData("512MiB", 536_870_912)]
    [InlineData("1TiB", 1_099_511_627_776)]
    [InlineData("2t", 2_000_000_000_000)]
    [InlineData("7", 7)]
    [InlineData("7B", 7)]
    [InlineData("0.5K", 500)]
    public void SizesHaveDecimalAndBinaryUnits(string text, long bytes) => Assert.Equal(bytes, OptionParser.ParseBytes(text));

    [Theory]
    [InlineData("")]
    [InlineData("GB")]
    [InlineData("-1GB")]
    [InlineData("0")]
    [InlineData("1.2.3MB")]
    [InlineData("1XB")]
    [InlineData("1e3")]
    [InlineData("9999999999TB")]
    public void WhatIsNoSizeIsRefusedWithAnExample(string text)
    {
        InferFException error = Assert.Throws<InferFException>(() => OptionParser.ParseBytes(text));
        Assert.Equal(InferFErrorCode.InvalidArgument, error.Code);
        Assert.Contains($"'{text}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("512MiB", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("error", NullMode.Error, 0)]
    [InlineData(" NaN ", NullMode.Nan, 0)]
    [InlineData("-1.5e2", NullMode.Constant, -150)]
    [InlineData("0", NullMode.Constant, 0)]
    public void PoliciesForMissingValues(string text, NullMode mode, double constant) =>
        Assert.Equal(new NullHandling(mode, constant), OptionParser.ParseNulls(text));

    [Theory]
    [InlineData("")]
    [InlineData("zero")]
    [InlineData("1,5")]
    [InlineData("Infinity")]
    public void OtherPoliciesAreRefused(string text) =>
        Assert.Equal(InferFErrorCode.InvalidArgument, Assert.Throws<InferFException>(() => OptionParser.ParseNulls(text)).Code);

    [Fact]
    public void SessionsRefuseWrongOptions()
    {
        Assert.Equal(InferFErrorCode.InvalidArgument, Assert.Throws<InferFException>(() => InferSession.Open(new InferOptions { Threads = -1 })).Code);
        Assert.Equal(InferFErrorCode.InvalidArgument, Assert.Throws<InferFException>(() => InferSession.Open(new InferOptions { MemoryLimit = "much" })).Code);
    }

    [Theory]
    [InlineData("exact", Precision.Exact)]
    [InlineData(" Fast ", Precision.Fast)]
    public void Precisions(string text, Precision expected) => Assert.Equal(expected, OptionParser.ParsePrecision(text));

    [Fact]
    public void OtherPrecisionsAreRefusedWithTheNearest()
    {
        InferFException exception = Assert.Throws<InferFException>(() => OptionParser.ParsePrecision("fats"));
        Assert.Equal(InferFErrorCode.InvalidArgument, exception.Code);
        Assert.Contains("'fast'", exception.Message, StringComparison.Ordinal);
    }
}
