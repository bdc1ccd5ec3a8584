using System.Globalization;
using System.Text;

namespace InferF.Fuzz.Tests;

/// <summary>A random FROM clause (star, chain, bushy; inner and left joins; one or several keys) with a random WHERE clause.</summary>
internal sealed class RandomJoin
{
    private readonly Random _random;
    private readonly IReadOnlyList<RandomTable> _tables;

    private RandomJoin(IReadOnlyList<RandomTable> tables, Random random) => (_tables, _random) = (tables, random);

    private bool InnerOnly { get; init; }

    /// <summary>The text from FROM on.</summary>
    public string Sql { get; private set; } = "";

    /// <param name="tables">What is joined.</param>
    /// <param name="random">Source of choices.</param>
    /// <param name="innerOnly">No LEFT JOIN, which would make NULLs of columns that have none.</param>
    public static RandomJoin Create(IReadOnlyList<RandomTable> tables, Random random, bool innerOnly = false)
    {
        RandomJoin join = new(tables, random) { InnerOnly = innerOnly };
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
        StringBuilder text = new(_tables[0].Reference);
        for (int i = 1; i < _tables.Count; i++)
        {
            int partner = shape == 0 ? 0 : i - 1;
            // USING (k1) is unambiguous only while one table on the left has a k1.
            string condition = i == 1 && _random.Next(5) == 0 ? "USING (k1)" : $"ON {Condition([partner], [i])}";
            text.Append(CultureInfo.InvariantCulture, $" {JoinType()} {_tables[i].Reference} {condition}");
        }
        return text.ToString();
    }

    private string Bushy(int[] members)
    {
        if (members.Length == 1)
        {
            return _tables[members[0]].Reference;
        }
        int split = _random.Next(1, members.Length);
        int[] left = members[..split];
        int[] right = members[split..];
        return $"({Bushy(left)} {JoinType()} {Bushy(right)} ON {Condition(left, right)})";
    }

    private string JoinType() => _random.Next(5) switch
    {
        0 or 1 when !InnerOnly => "LEFT JOIN",
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
