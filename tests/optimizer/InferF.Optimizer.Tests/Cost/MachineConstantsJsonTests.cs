using System.Text.Json;
using System.Text.Json.Nodes;
using InferF.Optimizer.Cost;
using InferF.Plan;

namespace InferF.Optimizer.Tests.Cost;

public sealed class MachineConstantsJsonTests
{
    [Fact]
    public void WhatIsWrittenIsReadAgain()
    {
        MachineConstants machine = MachineConstants.Default with
        {
            Source = "calibrated 2026-01-02", SecondsPerElement = 1.25e-10, DenseProbe = new CostCurve(new CostPoint(7, 3e-9), new CostPoint(8, 1e-9)),
        };
        JsonObject json = MachineConstantsJson.Write(machine);
        MachineConstants read = Read(json.ToJsonString());
        Assert.Equal("calibrated 2026-01-02", read.Source);
        Assert.Equal(json.ToJsonString(), MachineConstantsJson.Write(read).ToJsonString());
        Assert.Equal(machine.DenseProbe.Points, read.DenseProbe.Points);
        Assert.Equal(machine.Product.At(77, 33), read.Product.At(77, 33));
    }

    [Fact]
    public void EveryConstantIsListedOnce()
    {
        // A constant that is not in the list would silently keep its default: each must change the file when it changes.
        string[] fields = [.. typeof(MachineConstants).GetProperties().Where(p => p is { CanWrite: true } && p.Name != nameof(MachineConstants.Source)).Select(p => p.Name)];
        Assert.Equal(fields.Length, MachineConstantField.All.Length);
        Assert.Equal(fields.Length, MachineConstantField.All.Select(field => field.Name).Distinct().Count());
        Assert.All(MachineConstantField.All, field => Assert.All(field.Values(MachineConstants.Default), value => Assert.InRange(value.Seconds, 1e-15, 1e-3)));
    }

    [Fact]
    public void AMissingConstantIsNamed()
    {
        foreach (MachineConstantField field in MachineConstantField.All)
        {
            JsonObject json = MachineConstantsJson.Write(MachineConstants.Default);
            json.Remove(field.Name);
            Assert.Contains($"\"{field.Name}\"", Refused(json.ToJsonString()), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("element", "0")]
    [InlineData("element", "-1e-9")]
    [InlineData("element", "1e400")]
    [InlineData("element", "1e300")]
    [InlineData("element", "1e-300")]
    [InlineData("element", "\"1e-9\"")]
    [InlineData("element", "[1e-9]")]
    [InlineData("element", "null")]
    [InlineData("dense_probe", "[]")]
    [InlineData("dense_probe", "1e-9")]
    [InlineData("dense_probe", "[[1000, 1e-9], [1000, 1e-9]]")]
    [InlineData("dense_probe", "[[1000, 1e-9, 1]]")]
    [InlineData("dense_probe", "[[1000], [1e-9]]")]
    [InlineData("dense_probe", "[[\"a\", 1e-9]]")]
    [InlineData("product", "{}")]
    [InlineData("product", "{\"rows\": [1, 2], \"columns\": [1], \"seconds\": [[1e-9]]}")]
    [InlineData("product", "{\"rows\": [2, 1], \"columns\": [1], \"seconds\": [[1e-9], [1e-9]]}")]
    [InlineData("product", "{\"rows\": [1], \"columns\": [1], \"seconds\": [[0]]}")]
    [InlineData("product", "{\"rows\": 1, \"columns\": 1, \"seconds\": 1e-9}")]
    [InlineData("version", "2")]
    [InlineData("version", "\"1\"")]
    [InlineData("source", "\"\"")]
    [InlineData("source", "\"line\\nbreak\"")]
    [InlineData("source", "7")]
    public void WrongNumbersAreRefused(string field, string value)
    {
        JsonObject json = MachineConstantsJson.Write(MachineConstants.Default);
        json[field] = null;
        string text = json.ToJsonString().Replace($"\"{field}\":null", $"\"{field}\":{value}", StringComparison.Ordinal);
        Assert.Contains(field, Refused(text), StringComparison.Ordinal);
    }

    [Fact]
    public void LongListsAndOtherDocumentsAreRefused()
    {
        JsonObject json = MachineConstantsJson.Write(MachineConstants.Default);
        json["dense_probe"] = new JsonArray([.. Enumerable.Range(1, 100_000).Select(i => new JsonArray(i, 1e-9))]);
        Assert.Contains("dense_probe", Refused(json.ToJsonString()), StringComparison.Ordinal);
        Refused("[]");
        Refused("null");
        Refused("\"version\"");
        Refused("{}");
    }

    private static MachineConstants Read(string text)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        return MachineConstantsJson.Read(document.RootElement);
    }

    private static string Refused(string text)
    {
        InferFException exception = Assert.Throws<InferFException>(() => Read(text));
        Assert.Equal(InferFErrorCode.InvalidData, exception.Code);
        return exception.Message;
    }
}
