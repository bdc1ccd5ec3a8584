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

    /// <summary>The model computes in double precision.</summary>
    public bool IsDouble { get; private set; }

    /// <summary>The query asks for the highest predictions first and cuts there.</summary>
    public int? Limit { get; private set; }

    /// <summary>A condition on the first element of the prediction: rows that lie above.</summary>
    public double? Above { get; private set; }

    public string InferSql
    {
        get
        {
            if (TableForm)
            {
                string features = string.Join(", ", Features.Select((f, i) => $"{f.Sql} AS x{i}"));
                return $"SELECT {string.Join(", ", Tables.Select((_, i) => $"r{i}"))}, y FROM predict('m', (SELECT {RowIds}, {features} {From})) AS q";
            }
            string call = Call;
            string condition = Above is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{(From.Contains(" WHERE ", StringComparison.Ordinal) ? " AND" : " WHERE")} {call} > {Above}");
            return $"SELECT {RowIds}, {call} AS y {From}{condition}{(Limit is null ? "" : $" ORDER BY y DESC NULLS LAST LIMIT {Limit}")}";
        }
    }

    private bool TableForm { get; set; }

    private string Call
    {
        get
        {
            string arguments = NamedInputs
                ? string.Join(", ", Features.Select((f, i) => $"x{i} := {f.Sql}"))
                : $"[{string.Join(", ", Features.Select(f => f.Sql))}]";
            return $"predict('m', {arguments})";
        }
    }

    public string ReferenceSql =>
        $"SELECT {RowIds}, {string.Join(", ", Features.Select((f, i) => $"CAST({f.Sql} AS {(IsDouble ? "DOUBLE" : "FLOAT")}{(f.Width > 1 ? "[]" : "")}) AS x{i}"))} {From}";

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
        result.IsDouble = !result.NamedInputs && random.Next(5) == 0;
        result.TableForm = result.NamedInputs && random.Next(2) == 0;
        bool imputes = !result.IsDouble && !result.NamedInputs && random.Next(4) == 0;
        if (!result.TableForm && outputs == 1)
        {
            result.Above = random.Next(5) == 0 ? Math.Round(random.NextDouble() - 0.5, 2) : null;
            result.Limit = result.Above is null && random.Next(5) == 0 ? random.Next(0, 20) : null;
        }
        result.Model = result.IsDouble ? RandomModel.Double(width, hidden, activation, random, outputs)
            : imputes ? RandomModel.Preprocessed(width, random, outputs)
            : result.NamedInputs
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
