using System.Globalization;
using System.Text;

namespace InferF.Fuzz.Tests;

/// <summary>A random table: keys that repeat and are NULL, numeric features of several types, perhaps an array column, perhaps no rows.</summary>
internal sealed class RandomTable
{
    private RandomTable(string name, string source) => (Name, Source) = (name, source);

    /// <summary>Name in the query.</summary>
    public string Name { get; }

    /// <summary>Name of the table; another one than <see cref="Name"/> if this is its second role.</summary>
    public string Source { get; }

    /// <summary>The table as the FROM clause names it.</summary>
    public string Reference => Name == Source ? Name : $"{Source} AS {Name}";

    /// <summary>Number of different ids.</summary>
    public const int Ids = 10;

    /// <summary>Number of different categories.</summary>
    public const int Categories = 5;

    /// <summary>Rows and columns of an image.</summary>
    public const int ImageSize = 6;

    public List<(string Name, string Type)> Columns { get; } = [];

    public List<string[]> Rows { get; } = [];

    /// <summary>Feature columns with the number of elements each contributes.</summary>
    public List<(string Name, int Width)> Features { get; } = [];

    public bool HasNullFeatures { get; private set; }

    public static RandomTable Create(string name, int maxRows, bool nullFeatures, Random random)
    {
        RandomTable table = new(name, name);
        table.Columns.Add(("rid", "INTEGER"));
        table.Columns.Add(("k1", Pick(random, "INTEGER", "BIGINT", "SMALLINT")));
        table.Columns.Add(("k2", Pick(random, "INTEGER", "BIGINT", "UTINYINT")));
        table.Columns.Add(("s", "VARCHAR"));
        table.Columns.Add(("d", "DATE"));
        int rows = random.Next(12) == 0 ? 0 : random.Next(1, maxRows + 1);
        int features = random.Next(1, 6);
        for (int i = 0; i < features; i++)
        {
            // Files do not tell the length of lists; without rows, nothing does.
            bool array = random.Next(6) == 0 && rows > 0;
            int width = array ? random.Next(2, 5) : 1;
            string type = array ? $"FLOAT[{width}]" : Pick(random, "FLOAT", "FLOAT", "DOUBLE", "INTEGER", "BOOLEAN", "DECIMAL(9,2)");
            table.Columns.Add(($"f{i}", type));
            table.Features.Add(($"f{i}", width));
        }
        int domain = random.Next(1, Math.Max(2, rows / 2));
        bool uniqueKey = random.Next(2) == 0;
        for (int row = 0; row < rows; row++)
        {
            string[] cells = new string[table.Columns.Count];
            cells[0] = Text(row);
            cells[1] = uniqueKey ? Text(row) : MaybeNull(random, Text(random.Next(domain)));
            cells[2] = MaybeNull(random, Text(random.Next(Math.Min(domain, 200))));
            cells[3] = MaybeNull(random, $"'k{random.Next(domain)}'");
            cells[4] = MaybeNull(random, $"DATE '2020-01-0{random.Next(1, 9)}'");
            for (int i = 0; i < table.Features.Count; i++)
            {
                cells[5 + i] = table.Feature(table.Columns[5 + i].Type, table.Features[i].Width, nullFeatures, random);
            }
            table.Rows.Add(cells);
        }
        return table;
    }

    /// <summary>The same table under another name.</summary>
    public RandomTable InRole(string name)
    {
        RandomTable role = new(name, Source) { HasNullFeatures = HasNullFeatures };
        role.Columns.AddRange(Columns);
        role.Rows.AddRange(Rows);
        role.Features.AddRange(Features);
        return role;
    }

    /// <summary>Adds columns without NULLs: an id from 0 to <see cref="Ids"/> − 1, a category, and an array as of a small image.</summary>
    public void AddCategories(Random random)
    {
        Columns.AddRange([("id", "BIGINT"), ("c", "VARCHAR"), ("img", $"FLOAT[{ImageSize * ImageSize}]")]);
        for (int row = 0; row < Rows.Count; row++)
        {
            string image = string.Join(", ", Enumerable.Range(0, ImageSize * ImageSize).Select(_ => Text(Math.Round(random.NextDouble() * 2 - 1, 2))));
            Rows[row] = [.. Rows[row], Text(random.Next(Ids)), $"'c{random.Next(Categories)}'", $"[{image}]"];
        }
    }

    /// <summary>CREATE TABLE and INSERT for DuckDB.</summary>
    public string ToSql()
    {
        StringBuilder sql = new($"CREATE TABLE {Source} ({string.Join(", ", Columns.Select(c => $"{c.Name} {c.Type}"))});");
        if (Rows.Count > 0)
        {
            sql.Append(CultureInfo.InvariantCulture, $"INSERT INTO {Source} VALUES {string.Join(", ", Rows.Select(r => $"({string.Join(", ", r)})"))};");
        }
        return sql.ToString();
    }

    private string Feature(string type, int width, bool nullFeatures, Random random)
    {
        if (nullFeatures && random.Next(12) == 0)
        {
            HasNullFeatures = true;
            return "NULL";
        }
        if (width > 1)
        {
            return $"[{string.Join(", ", Enumerable.Range(0, width).Select(_ => Text(Math.Round(random.NextDouble() * 4 - 2, 3))))}]";
        }
        return type switch
        {
            "INTEGER" => Text(random.Next(-5, 6)),
            "BOOLEAN" => random.Next(2) == 0 ? "true" : "false",
            "FLOAT" or "DOUBLE" when random.Next(40) == 0 => Pick(random, $"'Infinity'::{type}", $"'-Infinity'::{type}", $"'NaN'::{type}", "0", $"1e30::{type}"),
            _ => Text(Math.Round(random.NextDouble() * 4 - 2, 2)),
        };
    }

    private static string MaybeNull(Random random, string value) => random.Next(10) == 0 ? "NULL" : value;

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    private static string Pick(Random random, params string[] choices) => choices[random.Next(choices.Length)];
}
