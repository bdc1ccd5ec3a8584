using InferF.Plan.Query;

namespace InferF.Frontend.Tests.Sql;

/// <summary>The bound query returns the rows DuckDB returns for the text.</summary>
public sealed class EquivalenceTests(SqlFixture fixture) : IClassFixture<SqlFixture>
{
    [Theory]
    // plain columns, stars, USING
    [InlineData("SELECT * FROM flights")]
    [InlineData("SELECT id, \"odd name\" FROM flights WHERE month = 6")]
    [InlineData("SELECT * FROM planes JOIN makers ON mfr = id")]
    [InlineData("SELECT * FROM flights JOIN planes USING (tailnum)")]
    [InlineData("SELECT * FROM flights LEFT JOIN planes USING (tailnum)")]
    [InlineData("SELECT * FROM planes RIGHT JOIN flights USING (tailnum)")]
    [InlineData("SELECT tailnum, p.tailnum, f.tailnum FROM planes p RIGHT JOIN flights f USING (tailnum)")]
    [InlineData("SELECT * FROM flights JOIN weather USING (origin, hour)")]
    [InlineData("SELECT * FROM planes NATURAL JOIN flights")]
    [InlineData("SELECT p.*, id FROM flights f LEFT JOIN planes p USING (tailnum)")]
    [InlineData("SELECT * EXCLUDE (code, tailnum), p.* REPLACE (seats + 1 AS seats) FROM flights f JOIN planes p USING (tailnum)")]
    [InlineData("FROM planes")]
    [InlineData("SELECT a, b, seats FROM planes AS p(a, b)")]
    // join shapes
    [InlineData("SELECT f.id, p.seats, m.name FROM flights f JOIN planes p USING (tailnum) JOIN makers m ON p.mfr = m.id")]
    [InlineData("SELECT f.id, p.seats, m.name FROM flights f LEFT JOIN (planes p JOIN makers m ON m.id = p.mfr) ON p.tailnum = f.tailnum")]
    [InlineData("SELECT f.id, p.seats, m.name FROM flights f LEFT JOIN planes p USING (tailnum) LEFT JOIN makers m ON p.mfr = m.id")]
    [InlineData("SELECT f.id, p.seats, m.name FROM flights f LEFT JOIN planes p USING (tailnum) JOIN makers m ON p.mfr = m.id")]
    [InlineData("SELECT f.id, g.id FROM flights f JOIN flights g ON f.origin = g.origin AND f.id < g.id")]
    [InlineData("SELECT f.id, p.seats, m.name FROM makers m, flights f, planes p WHERE f.tailnum = p.tailnum AND m.id = p.mfr")]
    [InlineData("SELECT f.id, p.seats FROM flights f CROSS JOIN planes p WHERE f.tailnum = p.tailnum AND f.id > 1")]
    [InlineData("SELECT f.id, p.seats FROM flights f JOIN planes p ON f.month < p.seats WHERE f.tailnum = p.tailnum")]
    [InlineData("SELECT f.id, w.temp FROM weather w RIGHT JOIN flights f ON w.origin = f.origin AND w.hour = f.hour WHERE f.id > 1")]
    [InlineData("SELECT f.id, w.temp FROM flights f LEFT JOIN weather w ON w.origin = f.origin AND w.visib > 5")]
    [InlineData("SELECT f.id, w.temp FROM flights f LEFT JOIN weather w ON w.origin = f.origin AND w.note IS NULL")]
    [InlineData("SELECT f.id, w.temp FROM flights f JOIN weather w ON w.origin = f.origin AND w.note IS NULL AND f.month = 1")]
    [InlineData("SELECT f.id, m.name FROM flights f LEFT JOIN planes p USING (tailnum) JOIN makers m ON f.month = m.id AND p.seats IS NULL")]
    [InlineData("SELECT f.id, p.year FROM flights f JOIN planes p ON lower(f.tailnum) = lower(p.tailnum)")]
    [InlineData("SELECT f.id, m.name FROM flights f JOIN makers m ON f.id + 1 = m.id - 1")]
    [InlineData("SELECT f.id, w.temp FROM flights f JOIN weather w ON f.day = w.hour - INTERVAL 5 HOUR")]
    [InlineData("SELECT f.id, w.temp FROM flights f JOIN weather w ON f.hour = w.day")]
    [InlineData("SELECT f.id, w.temp FROM flights f JOIN weather w ON f.big = w.station")]
    [InlineData("SELECT f.id, w.temp FROM flights f LEFT JOIN weather w ON f.id + 6 = w.station")]
    [InlineData("SELECT f.id, p.seats FROM flights f JOIN planes p USING (code)")]
    [InlineData("SELECT f.id, q.n FROM flights f LEFT JOIN (SELECT tailnum AS t, coalesce(seats, 0) + 1 AS n FROM planes WHERE engine IS NOT NULL) q ON q.t = f.tailnum")]
    [InlineData("SELECT * FROM (SELECT f.id AS a, p.seats AS b FROM flights f JOIN planes p USING (tailnum) WHERE p.year > f.month) q WHERE b > a")]
    // conditions on rows a LEFT JOIN may extend
    [InlineData("SELECT f.id FROM flights f LEFT JOIN weather w ON f.origin = w.origin WHERE w.temp IS NULL")]
    [InlineData("SELECT f.id FROM flights f LEFT JOIN weather w ON f.origin = w.origin WHERE w.note IS NOT NULL AND w.temp > 20")]
    [InlineData("SELECT f.id FROM flights f LEFT JOIN weather w ON f.origin = w.origin WHERE w.visib < 5 OR w.visib IS NULL")]
    [InlineData("SELECT f.id FROM flights f LEFT JOIN weather w ON f.origin = w.origin WHERE NOT (w.visib < 5)")]
    [InlineData("SELECT f.id FROM flights f LEFT JOIN weather w ON f.origin = w.origin WHERE coalesce(w.visib, 1) < 5")]
    [InlineData("SELECT f.id FROM flights f LEFT JOIN weather w ON f.origin = w.origin WHERE w.wind = 0.1")]
    [InlineData("SELECT f.id FROM flights f LEFT JOIN weather w ON f.origin = w.origin WHERE w.day = DATE '2013-01-01'")]
    [InlineData("SELECT f.id FROM flights f LEFT JOIN weather w ON f.origin = w.origin WHERE w.day < '2013-03-01'")]
    [InlineData("SELECT f.id FROM flights f LEFT JOIN weather w ON f.origin = w.origin WHERE w.note LIKE 'c%'")]
    [InlineData("SELECT f.id FROM flights f LEFT JOIN weather w ON f.origin = w.origin WHERE w.note IN ('fog', 'clear') AND w.temp BETWEEN 10 AND 40")]
    [InlineData("SELECT f.id FROM flights f LEFT JOIN weather w ON f.origin = w.origin WHERE w.note NOT IN ('fog')")]
    [InlineData("SELECT f.id FROM flights f LEFT JOIN weather w ON f.origin = w.origin WHERE w.ok")]
    [InlineData("SELECT f.id FROM flights f LEFT JOIN weather w ON f.origin = w.origin WHERE w.ok IS DISTINCT FROM TRUE")]
    [InlineData("SELECT f.id FROM flights f LEFT JOIN weather w ON f.origin = w.origin WHERE w.note IS NOT DISTINCT FROM NULL")]
    [InlineData("SELECT f.id FROM flights f LEFT JOIN weather w ON f.origin = w.origin WHERE w.station IS NULL OR w.station > 7")]
    [InlineData("SELECT f.id FROM planes p LEFT JOIN flights f USING (tailnum) WHERE f.emb IS NULL OR f.s IS NOT NULL")]
    [InlineData("SELECT f.id FROM planes p LEFT JOIN flights f USING (tailnum) WHERE f.code IS NULL")]
    [InlineData("SELECT f.id FROM flights f LEFT JOIN weather w ON f.origin = w.origin WHERE CASE WHEN w.temp > 50 THEN w.ok ELSE w.visib > 1 END")]
    // conditions over several tables
    [InlineData("SELECT f.id FROM flights f JOIN planes p USING (tailnum) WHERE f.month * 10 < p.seats OR p.year IS NULL")]
    [InlineData("SELECT f.id FROM flights f JOIN planes p USING (tailnum) WHERE f.distance + p.seats > 200 AND NOT (f.id = p.mfr)")]
    [InlineData("SELECT f.id FROM flights f JOIN planes p USING (tailnum) WHERE p.seats BETWEEN f.id AND f.distance")]
    [InlineData("SELECT f.id FROM flights f JOIN planes p USING (tailnum) WHERE f.id IN (p.mfr, 5)")]
    [InlineData("SELECT f.id FROM flights f JOIN planes p USING (tailnum) WHERE f.id NOT IN (p.mfr, p.seats)")]
    [InlineData("SELECT f.id FROM flights f JOIN planes p USING (tailnum) WHERE f.price < p.mfr")]
    [InlineData("SELECT f.id FROM flights f JOIN weather w ON f.origin = w.origin WHERE f.day < w.hour")]
    [InlineData("SELECT f.id FROM flights f JOIN weather w ON f.origin = w.origin WHERE f.delay = w.wind AND f.delay = 0.1")]
    [InlineData("SELECT f.id FROM flights f JOIN planes p USING (tailnum) WHERE coalesce(p.year, f.month) > 5")]
    [InlineData("SELECT f.id FROM flights f JOIN planes p USING (tailnum) WHERE f.id IS DISTINCT FROM p.mfr")]
    [InlineData("SELECT f.id FROM flights f JOIN planes p USING (tailnum) WHERE f.id IS NOT DISTINCT FROM p.mfr")]
    [InlineData("SELECT f.id FROM flights f WHERE true AND 1 = 1")]
    [InlineData("SELECT f.id FROM flights f LEFT JOIN planes p USING (tailnum) WHERE false")]
    [InlineData("SELECT f.id AS n FROM flights f WHERE n > 2 AND month + 1 = 7")]
    // outputs
    [InlineData("SELECT id + 1, lower(origin), 2 * distance AS d2, s.a, f.s.b, emb[2], 1, 'x', NULL, 1e0, DATE '2020-01-01' AS d FROM flights f")]
    [InlineData("SELECT f.id, coalesce(w.temp, 0) AS t, w.temp IS NULL AS missing, w.temp * 2 AS twice, upper(w.note) FROM flights f LEFT JOIN weather w ON f.origin = w.origin")]
    [InlineData("SELECT f.id + p.year AS a, f.distance - p.seats AS b, -(f.id + p.mfr) AS c, f.distance / p.seats AS d FROM flights f JOIN planes p USING (tailnum)")]
    [InlineData("SELECT f.id = p.mfr AS e, f.id AS id, id + 1 AS next FROM flights f JOIN planes p USING (tailnum)")]
    public void TheBoundQueryReturnsTheRowsOfTheText(string sql)
    {
        BoundQuery query = fixture.Bind(sql);
        string printed = BoundQueryPrinter.Print(query);
        Assert.True(fixture.Catalog.Rows(sql).SequenceEqual(fixture.Catalog.Rows(printed)),
            $"{printed}\nexpected:\n{string.Join('\n', fixture.Catalog.Rows(sql))}\nactual:\n{string.Join('\n', fixture.Catalog.Rows(printed))}");
        Assert.Equal(fixture.Catalog.Names(sql), query.Outputs.Where(output => !output.Hidden).Select(output => output.Name));
    }

    [Theory]
    [InlineData("f.delay + w.wind")]
    [InlineData("f.delay / w.visib")]
    [InlineData("f.delay * p.seats")]
    [InlineData("f.delay * 0.1 + p.seats")]
    [InlineData("p.seats / w.visib")]
    [InlineData("f.id / p.mfr")]
    [InlineData("f.delay / (p.mfr - p.mfr)")]
    [InlineData("(f.id - f.id) / (p.mfr - p.mfr)")]
    [InlineData("f.distance / (p.mfr - p.mfr)")]
    [InlineData("-(f.delay * w.wind)")]
    [InlineData("f.delay * w.temp")]
    [InlineData("f.price * w.wind")]
    [InlineData("f.big - w.wind")]
    [InlineData("w.station + f.delay")]
    [InlineData("f.price * w.temp")]
    [InlineData("coalesce(w.wind, f.price)")]
    [InlineData("(f.price = w.wind)")]
    [InlineData("(f.delay * 1 = w.wind AND w.wind * p.mfr = 0.1)")]
    public void FloatingPointHasThePrecisionOfDuckDb(string expression)
    {
        string sql = $"SELECT {expression} AS x FROM flights f JOIN planes p ON f.tailnum = p.tailnum LEFT JOIN weather w ON f.origin = w.origin";
        string printed = BoundQueryPrinter.Print(fixture.Bind(sql));
        Assert.Equal(fixture.Catalog.Rows($"DESCRIBE {sql}"), fixture.Catalog.Rows($"DESCRIBE {printed}"));
        Assert.Equal(fixture.Catalog.Rows(sql), fixture.Catalog.Rows(printed));
    }

    [Theory]
    [InlineData("SELECT f.id, predict('linear', *) AS y FROM flights f JOIN planes p USING (tailnum)",
        "SELECT f.id, CAST(distance + seats AS FLOAT) AS y FROM flights f JOIN planes p USING (tailnum)")]
    [InlineData("SELECT id FROM flights f JOIN planes p USING (tailnum) WHERE predict('linear', *) > 200",
        "SELECT id FROM flights f JOIN planes p USING (tailnum) WHERE distance + seats > 200")]
    [InlineData("SELECT id, predict('linear', *) AS y FROM flights f JOIN planes p USING (tailnum) WHERE y > 200 OR f.id = 1",
        "SELECT id, CAST(distance + seats AS FLOAT) AS y FROM flights f JOIN planes p USING (tailnum) WHERE y > 200 OR f.id = 1")]
    [InlineData("SELECT 1 - predict('linear', *) AS z FROM flights f JOIN planes p USING (tailnum)",
        "SELECT CAST(1 - (distance + seats) AS FLOAT) AS z FROM flights f JOIN planes p USING (tailnum)")]
    [InlineData("SELECT predict('linear', distance := id * 2, seats := CASE WHEN month = 1 THEN 5 ELSE 6 END) AS y FROM flights",
        "SELECT CAST(id * 2 + CASE WHEN month = 1 THEN 5 ELSE 6 END AS FLOAT) AS y FROM flights")]
    [InlineData("SELECT predict('linear', distance := 2.5, seats := 1) AS y FROM flights f LEFT JOIN planes p USING (tailnum)",
        "SELECT CAST(3.5 AS FLOAT) AS y FROM flights f LEFT JOIN planes p USING (tailnum)")]
    [InlineData("SELECT predict('linear', distance := price, seats := big) AS y FROM flights",
        "SELECT CAST(price::DOUBLE + big::DOUBLE AS FLOAT) AS y FROM flights")]
    [InlineData("SELECT score, id FROM predict('linear', (SELECT id, distance * 2 AS distance, seats FROM flights JOIN planes USING (tailnum) WHERE year > 1990)) AS p WHERE p.score > 100 AND id > 0 ORDER BY score",
        "SELECT CAST(distance * 2 + seats AS FLOAT) AS score, id FROM flights JOIN planes USING (tailnum) WHERE year > 1990 AND distance * 2 + seats > 100")]
    [InlineData("SELECT * FROM predict('linear', (SELECT id, distance, seats FROM flights LEFT JOIN planes USING (tailnum)))",
        "SELECT id, distance, seats, CAST(distance + seats AS FLOAT) AS score FROM flights LEFT JOIN planes USING (tailnum)")]
    [InlineData("SELECT id FROM flights f JOIN planes p USING (tailnum) WHERE predict('linear', *) BETWEEN 100 AND 250 AND predict('linear', *) IS NOT NULL",
        "SELECT id FROM flights f JOIN planes p USING (tailnum) WHERE distance + seats BETWEEN 100 AND 250")]
    public void PredictionsTakeTheRightFeatures(string sql, string expected)
    {
        string printed = BoundQueryPrinter.Print(fixture.Bind(sql));
        Assert.True(fixture.Catalog.Rows(expected).SequenceEqual(fixture.Catalog.Rows(printed)),
            $"{printed}\nexpected:\n{string.Join('\n', fixture.Catalog.Rows(expected))}\nactual:\n{string.Join('\n', fixture.Catalog.Rows(printed))}");
    }

    [Theory]
    [InlineData("SELECT id, distance FROM flights ORDER BY 2 DESC, id LIMIT 3")]
    [InlineData("SELECT id, distance FROM flights ORDER BY distance NULLS FIRST, id DESC LIMIT 2 OFFSET 1")]
    [InlineData("SELECT id AS n FROM flights ORDER BY -n LIMIT 2")]
    [InlineData("SELECT id FROM flights ORDER BY month DESC, lower(origin), id LIMIT 2")]
    [InlineData("SELECT f.id FROM flights f JOIN planes p USING (tailnum) ORDER BY f.id + p.seats, f.id LIMIT 1")]
    [InlineData("SELECT month, id FROM flights ORDER BY ALL LIMIT 3")]
    [InlineData("SELECT id FROM flights ORDER BY id OFFSET 3")]
    public void OrderAndLimitChooseTheRowsOfTheText(string sql)
    {
        Assert.Equal(fixture.Catalog.Rows(sql), fixture.Catalog.Rows(BoundQueryPrinter.Print(fixture.Bind(sql))));
    }
}
