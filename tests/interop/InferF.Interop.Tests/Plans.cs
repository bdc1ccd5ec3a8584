using System.Collections.Immutable;
using InferF.Plan;
using InferF.Plan.Model;
using InferF.Plan.Proto;
using ElementType = InferF.Plan.Proto.ElementType;
using JoinType = InferF.Plan.Proto.JoinType;

namespace InferF.Interop.Tests;

/// <summary>Small plans, written by hand.</summary>
internal static class Plans
{
    /// <summary>facts(k, x) JOIN dims(k, y): score = 2·x + 10·y + 1, next to the key.</summary>
    public static PlanFragment Join()
    {
        var fragment = new PlanFragment
        {
            SchemaVersion = PlanSchema.Version,
            Tables = { new Table { Name = "facts", Columns = { "k", "x" }, Streamed = true }, new Table { Name = "dims", Columns = { "k", "y" } } },
            Tensors =
            {
                new Tensor { Name = "w", Type = ElementType.Float32, Rows = 2, Columns = 1 },
                new Tensor { Name = "b", Type = ElementType.Float32, Rows = 1, Columns = 1 },
            },
            Nodes =
            {
                new RelationalNode { Scan = new ScanNode { Table = 0 } },
                new RelationalNode { Scan = new ScanNode { Table = 1 } },
                new RelationalNode
                {
                    HashJoin = new HashJoinNode
                    {
                        Type = JoinType.Inner,
                        Probe = 0,
                        Build = 1,
                        Keys = { new JoinKey { Probe = new ColumnRef { Table = 0, Column = 0 }, Build = new ColumnRef { Table = 1, Column = 0 } } },
                    },
                },
            },
            Values =
            {
                Load(node: 1, table: 1, column: 1),
                new Value { Node = 1, Type = ElementType.Float32, Width = 1, Sum = new Sum { Terms = { new Term { Value = 0, Weight = 0, WeightRow = 1 } } } },
                Load(node: 2, table: 0, column: 1),
                new Value
                {
                    Node = 2,
                    Type = ElementType.Float32,
                    Width = 1,
                    Sum = new Sum { Terms = { new Term { Value = 2, Weight = 0, WeightRow = 0 }, new Term { Value = 1 } }, Bias = 1 },
                },
            },
            Outputs = { new OutputColumn { Name = "k", Column = new ColumnRef { Table = 0, Column = 0 } }, new OutputColumn { Name = "score", Value = 3 } },
            NullCheckNode = 2,
        };
        return fragment;
    }

    /// <summary>The constants of <see cref="Join"/>.</summary>
    public static ImmutableArray<ConstantTensor> JoinTensors() => [ConstantTensor.Create("w", 2, 1, [2f, 10f]), ConstantTensor.Create("b", 1, 1, [1f])];

    /// <summary>facts(x), and one scalar over it.</summary>
    public static PlanFragment Scalar(ScalarExpression expression) => new()
    {
        SchemaVersion = PlanSchema.Version,
        Tables = { new Table { Name = "facts", Columns = { "x" }, Streamed = true } },
        Nodes = { new RelationalNode { Scan = new ScanNode { Table = 0 } } },
        Outputs = { new OutputColumn { Name = "result", Scalar = expression } },
    };

    private static Value Load(uint node, uint table, uint column) => new()
    {
        Node = node,
        Type = ElementType.Float32,
        Width = 1,
        LoadColumns = new LoadColumns { Columns = { new ColumnRef { Table = table, Column = column } }, NullPolicy = NullPolicy.Error },
    };
}
