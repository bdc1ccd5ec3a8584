using System.Globalization;
using InferF.Testing;

namespace InferF.Fuzz.Tests;

/// <summary>A perceptron or a linear model over scalar and array features of all tables, called in any of the forms of <c>predict</c>.</summary>
internal sealed class DifferentialCase : FuzzCase
{
    private readonly List<(string Sql, int Width)> _features = [];
    private bool _namedInputs;
    private bool _tableForm;

    private DifferentialCase(int seed, IReadOnlyList<RandomTable> tables, string from)
        : base(seed, tables, from)
    {
    }

    public override string Description => "perceptron";

    public override string InferSql
    {
        get
        {
            if (_tableForm)
            {
                string features = string.Join(", ", _features.Select((f, i) => $"{f.Sql} AS x{i}"));
                return $"SELECT {string.Join(", ", Tables.Select((_, i) => $"r{i}"))}, y FROM predict('m', (SELECT {RowIds}, {features} {From})) AS q";
            }
            string call = Call;
            string condition = Above is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{(From.Contains(" WHERE ", StringComparison.Ordinal) ? " AND" : " WHERE")} {call} > {Above}");
            return $"SELECT {RowIds}, {call} AS y {From}{condition}{(Limit is null ? "" : $" ORDER BY y DESC NULLS LAST LIMIT {Limit}")}";
        }
    }

    private string Call
    {
        get
        {
            string arguments = _namedInputs
                ? string.Join(", ", _features.Select((f, i) => $"x{i} := {f.Sql}"))
                : $"[{string.Join(", ", _features.Select(f => f.Sql))}]";
            return $"predict('m', {arguments})";
        }
    }

    /// <summary>Makes the case of a seed.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="maxRows">Most rows per table; the caller lowers it if the join is too large.</param>
    public static DifferentialCase Create(int seed, int maxRows)
    {
        Random random = new(seed);
        bool nullFeatures = random.Next(3) > 0;
        RandomTable[] tables = RandomTables(random.Next(2, 7), maxRows, nullFeatures, random);
        DifferentialCase result = new(seed, tables, RandomJoin.Create(tables, random).Sql);
        List<(string Sql, int Width)> all = [.. tables.SelectMany(t => t.Features.Select(f => ($"{t.Name}.{f.Name}", f.Width)))];
        result._namedInputs = random.Next(3) == 0;
        if (result._namedInputs)
        {
            all.RemoveAll(f => f.Width > 1);
            if (all.Count == 0)
            {
                all.Add(($"{tables[0].Name}.rid", 1));
            }
        }
        (string, int)[] order = [.. all];
        random.Shuffle(order);
        result._features.AddRange(order.Take(Math.Max(1, random.Next(order.Length + 1))));
        int width = result._features.Sum(f => f.Width);
        int[] hidden = random.Next(3) == 0 ? [] : [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(1, 40))];
        string activation = new[] { "Relu", "Tanh", "Sigmoid", "LeakyRelu" }[random.Next(4)];
        int outputs = random.Next(3) == 0 ? random.Next(2, 5) : 1;
        bool isDouble = !result._namedInputs && random.Next(5) == 0;
        result._tableForm = result._namedInputs && random.Next(2) == 0;
        bool imputes = !isDouble && !result._namedInputs && random.Next(4) == 0;
        if (!result._tableForm && outputs == 1)
        {
            result.Above = random.Next(5) == 0 ? Math.Round(random.NextDouble() - 0.5, 2) : null;
            result.Limit = result.Above is null && random.Next(5) == 0 ? random.Next(0, 20) : null;
        }
        result.Model = isDouble ? MlpModels.Double(width, hidden, activation, random, outputs)
            : imputes ? MlpModels.Preprocessed(width, random, outputs)
            : result._namedInputs
            ? OnnxModels.Mlp([.. result._features.Select((_, i) => $"x{i}")], hidden, activation, random.Next(), outputs)
            : OnnxModels.Mlp(width, hidden, activation, random.Next(), outputs);
        string type = isDouble ? "double" : "float";
        result.Inputs = result._namedInputs
            ? [.. result._features.Select((f, i) => new CaseInput($"x{i}", type, [f]))]
            : [new CaseInput("x", type, result._features)];
        result.Nulls = RandomNulls(random);
        return result;
    }
}
