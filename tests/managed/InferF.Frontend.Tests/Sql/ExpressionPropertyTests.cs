using CsCheck;
using InferF.Plan.Query;

namespace InferF.Frontend.Tests.Sql;

/// <summary>Random expressions keep their value on the way text → syntax tree → bound query → text, on plain and on NULL-extended rows.</summary>
public sealed class ExpressionPropertyTests(SqlFixture fixture) : IClassFixture<SqlFixture>
{
    private static readonly Gen<string> s_number = Expression(
        Pick("w.temp", "w.visib", "w.wind", "f.distance", "f.delay", "f.id", "p.seats", "p.year", "0.1", "1", "1e0", "2.5e-1", "-3", "NULL"), 3);

    private static readonly Gen<string> s_condition = Condition(3);

    [Fact]
    public void ExpressionsOverOneTableKeepTheirValue()
    {
        Gen<string> local = s_number.Select(text => text.Replace("w.", "f.").Replace("p.", "f.").Replace("f.temp", "f.distance").Replace("f.visib", "f.delay")
            .Replace("f.wind", "f.delay").Replace("f.seats", "f.month::INTEGER").Replace("f.year", "f.id"));
        local.Sample(text => Same($"SELECT id, {text} AS x FROM flights f"), iter: 100, threads: 1);
    }

    [Fact]
    public void ConditionsOverJoinedAndExtendedRowsKeepTheirMeaning()
    {
        s_condition.Sample(
            text => Same($"SELECT f.id, w.origin, p.seats FROM flights f LEFT JOIN weather w ON f.origin = w.origin JOIN planes p ON f.tailnum = p.tailnum WHERE {text}"), iter: 150, threads: 1);
    }

    [Fact]
    public void EveryKeywordCanNameAColumn()
    {
        foreach (string keyword in fixture.Catalog.Strings("SELECT keyword_name FROM duckdb_keywords()").Concat(["current_date", "a\"b", "x.y", "1a", "", " ", "é", "rowid"]).Where(name => name.Length > 0))
        {
            string name = keyword.Replace("\"", "\"\"");
            BoundQuery query = fixture.Bind($"SELECT t.\"{name}\" + 1 AS x FROM (SELECT id AS \"{name}\" FROM flights) t WHERE \"{name}\" > 2");
            Assert.Equal("(id > 2)", query.Tables[0].FilterSql);
        }
    }

    [Fact]
    public void MangledTextIsATypedErrorOrAQuery()
    {
        string[] seeds =
        [
            "SELECT f.id, predict('linear', *) AS p FROM flights f JOIN planes USING (tailnum) WHERE p > 0.5 AND f.month IN (1, 6) ORDER BY p DESC NULLS FIRST LIMIT 5",
            "SELECT *, p.score FROM predict('linear', (SELECT f.*, seats FROM flights f LEFT JOIN planes q ON f.tailnum = q.tailnum AND q.year > 5)) AS p WHERE score IS NOT NULL",
            "SELECT predict('classifier', distance := f.distance + 1, temp := w.temp).probabilities[1], coalesce(w.note, 'x') FROM flights f LEFT JOIN weather w ON f.day = w.hour WHERE w.temp BETWEEN 1 AND 2",
            "SELECT * EXCLUDE (id) REPLACE (month + 1 AS month) FROM (SELECT id, month, emb FROM flights WHERE distance > 1e2) q, makers m WHERE q.id = m.id AND NOT (q.month = 2)",
            "SELECT predict('tensor', [emb[1], s.a, vec, CASE WHEN cancelled THEN 1 ELSE 0 END]) FROM flights NATURAL JOIN planes CROSS JOIN makers",
        ];
        string[][] tokens = [.. seeds.Select(seed => System.Text.RegularExpressions.Regex.Matches(seed, @"'[^']*'|\w+|:=|\S").Select(match => match.Value).ToArray())];
        string[] words = [.. tokens.SelectMany(seed => seed).Distinct()];
        Gen<string> mangled = Gen.Select(Gen.Int[0, seeds.Length - 1], Gen.Select(Gen.Int[0, 2], Gen.Int[0, 199], Gen.Int[0, words.Length - 1]).Array[1, 3], (seed, edits) =>
        {
            List<string> text = [.. tokens[seed]];
            foreach ((int kind, int place, int word) in edits)
            {
                int at = place % text.Count;
                switch (kind)
                {
                    case 0:
                        text.RemoveAt(at);
                        break;
                    case 1:
                        text.Insert(at, words[word]);
                        break;
                    default:
                        text[at] = words[word];
                        break;
                }
            }
            return string.Join(' ', text);
        });
        mangled.Sample(text =>
        {
            try
            {
                return fixture.Bind(text).Outputs.Length > 0;
            }
            catch (InferFException failure)
            {
                return failure.Code is not InferFErrorCode.Internal;
            }
        }, iter: 500, threads: 1);
    }

    private bool Same(string sql)
    {
        string printed;
        try
        {
            printed = BoundQueryPrinter.Print(fixture.Bind(sql));
        }
        catch (InferFException failure) when (failure.Code is InferFErrorCode.UnsupportedSql or InferFErrorCode.TypeMismatch)
        {
            return true;
        }
        List<string> expected = fixture.Catalog.Rows(sql);
        List<string> actual = fixture.Catalog.Rows(printed);
        Assert.True(expected.SequenceEqual(actual), $"{sql}\n{printed}\nexpected:\n{string.Join('\n', expected)}\nactual:\n{string.Join('\n', actual)}");
        return true;
    }

    private static Gen<string> Pick(params string[] texts)
    {
        return Gen.Int[0, texts.Length - 1].Select(index => texts[index]);
    }

    private static Gen<string> Expression(Gen<string> leaf, int depth)
    {
        if (depth == 0)
        {
            return leaf;
        }
        Gen<string> inner = Expression(leaf, depth - 1);
        return Gen.Frequency(
            (3, leaf),
            (2, Gen.Select(inner, Pick("+", "-", "*"), inner, (a, op, b) => $"({a} {op} {b})")),
            (1, Gen.Select(inner, inner, (a, b) => $"coalesce({a}, {b})")),
            (1, inner.Select(a => $"abs({a})")),
            (1, inner.Select(a => $"(- {a})")),
            (1, Gen.Select(inner, inner, inner, (a, b, c) => $"CASE WHEN {a} > {b} THEN {c} ELSE {b} END")),
            (1, inner.Select(a => $"CAST({a} AS DOUBLE)")));
    }

    private static Gen<string> Condition(int depth)
    {
        // Decimal literals among integers are doubles to the engine: they stay on values both represent exactly.
        Gen<string> leaf = Pick("w.temp", "w.visib", "f.distance", "f.id", "p.seats", "p.year", "10", "2.5", "NULL");
        Gen<string> number = Gen.Frequency((3, leaf), (1, Gen.Select(leaf, Pick("+", "-", "*", "/"), leaf, (a, op, b) => $"({a} {op} {b})")), (1, Gen.Select(leaf, leaf, (a, b) => $"coalesce({a}, {b})")));
        Gen<string> simple = Gen.OneOf(
            Gen.Select(number, Pick("=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"), number, (a, op, b) => $"{a} {op} {b}"),
            Gen.Select(number, number, number, (a, b, c) => $"{a} BETWEEN {b} AND {c}"),
            Gen.Select(number, number, number, (a, b, c) => $"{a} NOT IN ({b}, {c})"),
            number.Select(a => $"{a} IS NULL"),
            Pick("w.note LIKE 'c%'", "w.ok", "f.cancelled", "w.note = 'fog'", "lower(p.engine) = 'jet'", "w.day = DATE '2013-01-01'", "w.station IS NOT NULL", "w.note IS NULL", "TRUE"));
        if (depth == 0)
        {
            return simple;
        }
        Gen<string> inner = Condition(depth - 1);
        return Gen.Frequency(
            (2, simple),
            (2, Gen.Select(inner, inner, (a, b) => $"({a} AND {b})")),
            (2, Gen.Select(inner, inner, (a, b) => $"({a} OR {b})")),
            (1, inner.Select(a => $"NOT ({a})")),
            (1, inner.Select(a => $"({a}) IS NULL")));
    }
}
