using System.Globalization;
using InferF.Plan.Query;

namespace InferF.Fuzz.Tests;

/// <summary>One random case: tables, a join with conditions, a model over features of them, a policy for missing values. The seed is all it takes to make
/// it again.</summary>
internal abstract class FuzzCase(int seed, IReadOnlyList<RandomTable> tables, string from)
{
    public int Seed { get; } = seed;

    public IReadOnlyList<RandomTable> Tables { get; } = tables;

    /// <summary>The query's text from FROM on, the same for InferF and for DuckDB.</summary>
    public string From { get; } = from;

    /// <summary>What the model is, for messages.</summary>
    public abstract string Description { get; }

    /// <summary>The model's inputs in its order.</summary>
    public IReadOnlyList<CaseInput> Inputs { get; protected set; } = [];

    public byte[] Model { get; protected set; } = [];

    public NullHandling Nulls { get; protected set; }

    /// <summary>The query asks for the highest predictions first and cuts there.</summary>
    public int? Limit { get; protected set; }

    /// <summary>A condition on the first element of the prediction: rows that lie above.</summary>
    public double? Above { get; protected set; }

    /// <summary>The query for InferF: row numbers, then the prediction.</summary>
    public abstract string InferSql { get; }

    /// <summary>The query for DuckDB: row numbers, then the features of all inputs.</summary>
    public string ReferenceSql
    {
        get
        {
            IEnumerable<string> features = Inputs.SelectMany(i => i.Features.Select(f => $"CAST({f.Sql} AS {i.SqlType}{(f.Width > 1 ? "[]" : "")})"));
            return $"SELECT {RowIds}, {string.Join(", ", features.Select((f, i) => $"{f} AS x{i}"))} {From}";
        }
    }

    public string CountSql => $"SELECT count(*) {From}";

    protected string RowIds => string.Join(", ", Tables.Select((t, i) => $"CAST({t.Name}.rid AS BIGINT) AS r{i}"));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"seed {Seed}, {Description}, nulls {Nulls.Mode} {Nulls.Constant}\n{InferSql}\n{string.Join("\n", Tables.Where(t => t.Name == t.Source).Select(t => t.ToSql()))}");

    /// <summary>Tables, the last of which may be another one in a second role.</summary>
    protected static RandomTable[] RandomTables(int count, int maxRows, bool nullFeatures, Random random, bool categories = false)
    {
        RandomTable[] tables = [.. Enumerable.Range(0, count).Select(i => RandomTable.Create($"t{i}", maxRows, nullFeatures, random))];
        foreach (RandomTable table in categories ? tables : [])
        {
            table.AddCategories(random);
        }
        if (random.Next(6) == 0)
        {
            tables[^1] = tables[random.Next(count - 1)].InRole($"t{count - 1}");
        }
        return tables;
    }

    protected static NullHandling RandomNulls(Random random) => random.Next(3) switch
    {
        0 => new NullHandling(NullMode.Nan),
        1 => new NullHandling(NullMode.Constant, random.Next(-2, 3)),
        _ => new NullHandling(NullMode.Error),
    };
}
