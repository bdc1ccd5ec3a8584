using System.Globalization;
using InferF.Plan.Query;
using InferF.Testing;

namespace InferF.Fuzz.Tests;

/// <summary>One random case: tables, a join with conditions, a model over features of all tables, a policy for missing values. The seed is all it
/// takes to make it again.</summary>
internal sealed class DifferentialCase
{
    private DifferentialCase(int seed, IReadOnlyList<RandomTable> tables, string from) => (Seed, Tables, From) = (seed, tables, from);

    public int Seed { get; }

    public IReadOnlyList<RandomTable> Tables { get; }

    /// <summary>The query's text from FROM on, the same for InferF and for DuckDB.</summary>
    public string From { get; }

    /// <summary>Features in the model's order, as SQL over the tables, with the elements each contributes.</summary>
    public List<(string Sql, int Width)> Features { get; } = [];

    public byte[] Model { get; private set; } = [];

    public NullHandling Nulls { get; private set; }

    public bool NamedInputs { get; private set; }

    public string InferSql
    {
        get
        {
            string arguments = NamedInputs
                ? string.Join(", ", Features.Select((f, i) => $"x{i} := {f.Sql}"))
                : $"[{string.Join(", ", Features.Select(f => f.Sql))}]";
            return $"SELECT {RowIds}, predict('m', {arguments}) AS y {From}";
        }
    }

    public string ReferenceSql =>
        $"SELECT {RowIds}, {string.Join(", ", Features.Select((f, i) => $"CAST({f.Sql} AS FLOAT{(f.Width > 1 ? "[]" : "")}) AS x{i}"))} {From}";

    public string CountSql => $"SELECT count(*) {From}";

    private string RowIds => string.Join(", ", Tables.Select((t, i) => $"CAST({t.Name}.rid AS BIGINT) AS r{i}"));

    /// <summary>Makes the case of a seed.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="maxRows">Most rows per table; the caller lowers it if the join is too large.</param>
    public static DifferentialCase Create(int seed, int maxRows)
    {
        Random random = new(seed);
        bool nullFeatures = random.Next(3) > 0;
        RandomTable[] tables = [.. Enumerable.Range(0, random.Next(2, 7)).Select(i => RandomTable.Create($"t{i}", maxRows, nullFeatures, random))];
        DifferentialCase result = new(seed, tables, RandomJoin.Create(tables, random).Sql);
        List<(string Sql, int Width)> all = [.. tables.SelectMany(t => t.Features.Select(f => ($"{t.Name}.{f.Name}", f.Width)))];
        result.NamedInputs = random.Next(3) == 0;
        if (result.NamedInputs)
        {
            all.RemoveAll(f => f.Width > 1);
            if (all.Count == 0)
            {
                all.Add(($"{tables[0].Name}.rid", 1));
            }
        }
        (string, int)[] order = [.. all];
        random.Shuffle(order);
        result.Features.AddRange(order.Take(Math.Max(1, random.Next(order.Length + 1))));
        int width = result.Features.Sum(f => f.Width);
        int[] hidden = random.Next(3) == 0 ? [] : [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(1, 40))];
        string activation = new[] { "Relu", "Tanh", "Sigmoid", "LeakyRelu" }[random.Next(4)];
        int outputs = random.Next(3) == 0 ? random.Next(2, 5) : 1;
        result.Model = result.NamedInputs
            ? OnnxModels.Mlp([.. result.Features.Select((_, i) => $"x{i}")], hidden, activation, random.Next(), outputs)
            : OnnxModels.Mlp(width, hidden, activation, random.Next(), outputs);
        result.Nulls = random.Next(3) switch
        {
            0 => new NullHandling(NullMode.Nan),
            1 => new NullHandling(NullMode.Constant, random.Next(-2, 3)),
            _ => new NullHandling(NullMode.Error),
        };
        return result;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"seed {Seed}, nulls {Nulls.Mode} {Nulls.Constant}\n{InferSql}\n{string.Join("\n", Tables.Select(t => t.ToSql()))}");
}
