using System.Globalization;
using System.Text;

namespace InferF.Fuzz.Tests;

/// <summary>A random table: keys that repeat and are NULL, numeric features of several types, perhaps an array column, perhaps no rows.</summary>
internal sealed class RandomTable
{
    private RandomTable(string name) => Name = name;

    public string Name { get; }

    public List<(string Name, string Type)> Columns { get; } = [];

    public List<string[]> Rows { get; } = [];

    /// <summary>Feature columns with the number of elements each contributes.</summary>
    public List<(string Name, int Width)> Features { get; } = [];

    public bool HasNullFeatures { get; private set; }

    public static RandomTable Create(string name, int maxRows, bool nullFeatures, Random random)
    {
        RandomTable table = new(name);
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

    /// <summary>CREATE TABLE and INSERT for DuckDB.</summary>
    public string ToSql()
    {
        StringBuilder sql = new($"CREATE TABLE {Name} ({string.Join(", ", Columns.Select(c => $"{c.Name} {c.Type}"))});");
        if (Rows.Count > 0)
        {
            sql.Append(CultureInfo.InvariantCulture, $"INSERT INTO {Name} VALUES {string.Join(", ", Rows.Select(r => $"({string.Join(", ", r)})"))};");
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

/// <summary>A random FROM clause (star, chain, bushy; inner and left joins; one or several keys) with a random WHERE clause.</summary>
internal sealed class RandomJoin
{
    private readonly Random _random;
    private readonly IReadOnlyList<RandomTable> _tables;

    private RandomJoin(IReadOnlyList<RandomTable> tables, Random random) => (_tables, _random) = (tables, random);

    /// <summary>The text from FROM on.</summary>
    public string Sql { get; private set; } = "";

    public static RandomJoin Create(IReadOnlyList<RandomTable> tables, Random random)
    {
        RandomJoin join = new(tables, random);
        join.Sql = $"FROM {join.From()}{join.Where()}";
        return join;
    }

    private string From()
    {
        int shape = _random.Next(3);
        if (shape == 2)
        {
            return Bushy([.. Enumerable.Range(0, _tables.Count)]);
        }
        StringBuilder text = new(_tables[0].Name);
        for (int i = 1; i < _tables.Count; i++)
        {
            int partner = shape == 0 ? 0 : i - 1;
            // USING (k1) is unambiguous only while one table on the left has a k1.
            string condition = i == 1 && _random.Next(5) == 0 ? "USING (k1)" : $"ON {Condition([partner], [i])}";
            text.Append(CultureInfo.InvariantCulture, $" {JoinType()} {_tables[i].Name} {condition}");
        }
        return text.ToString();
    }

    private string Bushy(int[] members)
    {
        if (members.Length == 1)
        {
            return _tables[members[0]].Name;
        }
        int split = _random.Next(1, members.Length);
        int[] left = members[..split];
        int[] right = members[split..];
        return $"({Bushy(left)} {JoinType()} {Bushy(right)} ON {Condition(left, right)})";
    }

    private string JoinType() => _random.Next(5) switch
    {
        0 or 1 => "LEFT JOIN",
        2 => "INNER JOIN",
        _ => "JOIN",
    };

    private string Condition(int[] left, int[] right)
    {
        List<string> keys = [];
        int count = _random.Next(4) == 0 ? 2 : 1;
        for (int i = 0; i < count; i++)
        {
            string a = _tables[left[_random.Next(left.Length)]].Name;
            string b = _tables[right[_random.Next(right.Length)]].Name;
            string key = _random.Next(7) switch
            {
                0 => $"{a}.s = {b}.s",
                1 => $"{a}.d = {b}.d",
                2 => $"{a}.k1 = {b}.k2",
                3 => $"{a}.k2 = {b}.k2",
                _ => $"{a}.k1 = {b}.k1",
            };
            if (_random.Next(3) == 0)
            {
                string[] sides = key.Split(" = ");
                key = $"{sides[1]} = {sides[0]}";
            }
            keys.Add(key);
        }
        return string.Join(" AND ", keys);
    }

    private string Where()
    {
        List<string> conditions = [];
        for (int i = _random.Next(6) - 3; i > 0; i--)
        {
            string a = _tables[_random.Next(_tables.Count)].Name;
            string b = _tables[_random.Next(_tables.Count)].Name;
            conditions.Add(_random.Next(8) switch
            {
                0 => $"{a}.k1 >= {_random.Next(4)}",
                1 => $"{a}.rid % 3 <> {_random.Next(3)}",
                2 => $"{a}.k2 IS NOT NULL",
                3 => $"{a}.s IS NULL",
                4 => $"({a}.k1 < {b}.k2 OR {b}.k1 IS NULL)",
                5 => $"{a}.rid <= {b}.rid + {_random.Next(30)}",
                6 => $"coalesce({a}.k2, 1) <> {_random.Next(3)}",
                _ => $"NOT ({a}.s = {b}.s AND {a}.k1 BETWEEN 0 AND 2)",
            });
        }
        return conditions.Count == 0 ? "" : $" WHERE {string.Join(" AND ", conditions)}";
    }
}
