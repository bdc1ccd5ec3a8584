using InferF.Plan.Model;

namespace InferF.Frontend.Tests.Models;

/// <summary>The committed sample: its model reads, and its query names every input.</summary>
public class SampleModelTests
{
    [Fact]
    public void TheFlightsModelMatchesTheReferenceAndItsQuery()
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "InferF.Interop.sln")))
        {
            root = root.Parent;
        }
        Assert.NotNull(root);
        string folder = Path.Combine(root.FullName, "samples", "flights");
        ModelGraph graph = ModelParity.Check(File.ReadAllBytes(Path.Combine(folder, "delay.onnx")), rows: 50);
        Assert.Equal("probability", Assert.Single(graph.Outputs).Name);
        string query = File.ReadAllText(Path.Combine(folder, "query.sql"));
        Assert.All(graph.Inputs, input => Assert.Contains($" {input.Name} := ", query, StringComparison.Ordinal));
    }
}
