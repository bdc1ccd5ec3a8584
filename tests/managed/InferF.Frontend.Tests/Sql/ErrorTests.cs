namespace InferF.Frontend.Tests.Sql;

/// <summary>Every error has the right code and points at the place; '§' marks it.</summary>
public sealed class ErrorTests(SqlFixture fixture) : IClassFixture<SqlFixture>
{
    private const string Join = "FROM flights f JOIN planes p USING (tailnum)";
    private const string LeftJoin = "FROM flights f LEFT JOIN weather w ON f.origin = w.origin";

    [Theory]
    [InlineData("§SELEC 1")]
    [InlineData("SELECT 'ü' , FROM flights WHERE§")]
    [InlineData("SELECT id\nFROM flights\nWHERE id = §= 1")]
    [InlineData("SELECT")]
    [InlineData("§")]
    [InlineData("§ -- nothing")]
    [InlineData("SELECT id§\0 FROM flights")]
    public void TextThatDoesNotParse(string sql)
    {
        fixture.Fails(sql, InferFErrorCode.Syntax);
    }

    [Theory]
    [InlineData("§INSERT INTO flights VALUES (1)", "Only SELECT")]
    [InlineData("§EXPLAIN SELECT 1", "Only SELECT")]
    [InlineData("SELECT id FROM flights; SELECT §1", "2 statements")]
    [InlineData("SELECT id FROM flights §UNION SELECT id FROM makers", "UNION")]
    [InlineData("SELECT id FROM flights §EXCEPT SELECT id FROM makers", "EXCEPT")]
    [InlineData("§WITH q AS (SELECT 1) SELECT * FROM q", "WITH")]
    [InlineData("SELECT §DISTINCT id FROM flights", "DISTINCT")]
    [InlineData("SELECT id FROM flights §GROUP BY id", "GROUP BY")]
    [InlineData("SELECT id FROM flights §GROUP BY ALL", "GROUP BY")]
    [InlineData("SELECT id FROM flights §HAVING id > 1", "HAVING")]
    [InlineData("SELECT id FROM flights §QUALIFY id > 1", "QUALIFY")]
    [InlineData("SELECT id FROM flights USING §SAMPLE 10%", "SAMPLE")]
    [InlineData("SELECT id FROM §flights TABLESAMPLE 10%", "TABLESAMPLE")]
    [InlineData("SELECT id FROM flights LIMIT §10%", "percentage")]
    [InlineData("SELECT id FROM flights LIMIT §(SELECT 1)", "constant")]
    [InlineData("SELECT §sum(id) FROM flights", "aggregate")]
    [InlineData("SELECT §count(*) FROM flights", "aggregate")]
    [InlineData("SELECT §row_number() OVER () FROM flights", "Window")]
    [InlineData("SELECT §(SELECT 1) FROM flights", "Sub-queries")]
    [InlineData("SELECT id FROM flights WHERE §EXISTS (SELECT 1)", "Sub-queries")]
    [InlineData("SELECT id FROM flights WHERE §id IN (SELECT 1)", "Sub-queries")]
    [InlineData("SELECT id FROM flights WHERE id = $1", "Parameters")]
    [InlineData("SELECT §random() FROM flights", "differs from call to call")]
    [InlineData("SELECT list_transform(vec, §x -> x + 1) FROM flights", "Lambda")]
    [InlineData("SELECT §COLUMNS('i.*') FROM flights", "'*'")]
    [InlineData("§SELECT 1", "no FROM")]
    [InlineData("SELECT * FROM §range(3)", "Table functions")]
    [InlineData("SELECT f.id FROM flights f §FULL JOIN planes p USING (tailnum)", "FULL")]
    [InlineData("SELECT f.id FROM flights f §SEMI JOIN planes p USING (tailnum)", "SEMI")]
    [InlineData("SELECT f.id FROM flights f §ANTI JOIN planes p USING (tailnum)", "ANTI")]
    [InlineData("SELECT f.id FROM flights f §ASOF JOIN weather w ON f.hour >= w.hour", "ASOF")]
    [InlineData("SELECT f.id FROM flights f §POSITIONAL JOIN weather w", "POSITIONAL")]
    [InlineData("SELECT f.id FROM flights f, §planes p", "no equality between f and p")]
    [InlineData("SELECT f.id FROM flights f §CROSS JOIN planes p WHERE f.id < p.year", "no equality between f and p")]
    [InlineData("SELECT f.id FROM flights f §LEFT JOIN planes p ON p.year > 5", "at least one equality")]
    [InlineData("SELECT f.id FROM flights f LEFT JOIN planes p ON f.tailnum = p.tailnum AND f.month §= 1", "'f' alone, the left side")]
    [InlineData("SELECT f.id FROM flights f LEFT JOIN planes p ON f.tailnum = p.tailnum AND f.month §< p.seats", "neither")]
    [InlineData("SELECT f.id FROM flights f LEFT JOIN (SELECT §p.tailnum FROM planes p JOIN makers m ON p.mfr = m.id) q ON f.tailnum = q.tailnum", "optional side")]
    [InlineData("SELECT id FROM flights WHERE id IN (SELECT id FROM flights)", "Sub-queries")]
    [InlineData("SELECT f.id " + Join + " WHERE §concat(f.origin, p.engine) = 'x'", "'concat' over columns of several tables (f, p)")]
    [InlineData("SELECT §CASE WHEN f.id = p.mfr THEN 1 END " + Join, "CASE over columns of several tables")]
    [InlineData("SELECT f.id " + LeftJoin + " WHERE §CASE WHEN w.temp > 5 THEN 1 ELSE 0 END = 0", "'w', whose rows the LEFT JOIN may extend")]
    [InlineData("SELECT §concat(w.note, '!') " + LeftJoin, "'concat' over columns of 'w'")]
    [InlineData("SELECT predict('linear', distance := f.distance §+ p.seats, seats := p.seats) " + Join, "one table; this one uses f, p")]
    [InlineData("SELECT predict('linear', distance := coalesce(§w.temp, 0), seats := f.id) " + LeftJoin, "LEFT JOIN finds no row of 'w'")]
    [InlineData("SELECT predict('one', x := §predict('one', x := f.id)) " + Join, "not supported here")]
    [InlineData("SELECT f.id FROM flights f JOIN planes p ON f.tailnum = p.tailnum AND §predict('linear', *) > 1", "not supported here")]
    [InlineData("SELECT §round(predict('linear', *), 2) " + Join, "'round' over a prediction")]
    [InlineData("SELECT * FROM §predict('linear', (SELECT * FROM flights)) p JOIN makers m ON p.id = m.id", "only item of the FROM clause")]
    [InlineData("SELECT * FROM predict('linear', (SELECT id FROM flights LIMIT §1))", "sub-query")]
    [InlineData("SELECT * FROM predict('linear', (SELECT id FROM flights ORDER BY §id))", "sub-query")]
    [InlineData("SELECT * FROM (VALUES (§1)) t", "not supported")]
    public void SqlThatIsNotSupported(string sql, string message)
    {
        InferFException failure = fixture.Fails(sql, InferFErrorCode.UnsupportedSql);
        Assert.Contains(message, failure.Message);
    }

    [Theory]
    [InlineData("SELECT id FROM §fligths", "no table 'fligths'. Did you mean 'flights'?")]
    [InlineData("SELECT §distanse FROM flights", "column 'distanse'. Did you mean 'distance'?")]
    [InlineData("SELECT §f.distanse FROM flights f", "Table 'f' has no column 'distanse'. Did you mean 'distance'?")]
    [InlineData("SELECT §flight.id FROM flights", "no table 'flight'. Did you mean 'flights'?")]
    [InlineData("SELECT §flights.id FROM flights f", "no table 'flights'")]
    [InlineData("SELECT §g.* FROM flights f", "no table 'g'")]
    [InlineData("SELECT id FROM flights WHERE §x > 1", "column 'x'")]
    [InlineData("SELECT id FROM flights ORDER BY §x", "column 'x'")]
    [InlineData("SELECT f.id FROM flights f JOIN planes p USING (§tailno)", "no column 'tailno' named by USING. Did you mean 'tailnum'?")]
    [InlineData("SELECT f.id FROM flights f §NATURAL JOIN (SELECT year FROM planes) p", "no column in common")]
    [InlineData("SELECT * EXCLUDE (§idd) FROM flights", "'idd'")]
    [InlineData("SELECT §nosuchfunction(id) FROM flights", "nosuchfunction")]
    [InlineData("SELECT id FROM flights WHERE nosuchfunction(id) §= 1", "nosuchfunction")]
    [InlineData("SELECT predict(§'liner', *) " + Join, "no model 'liner'. Did you mean 'linear'?")]
    [InlineData("SELECT predict('linear', distence := §f.id, seats := 1) " + Join, "no input 'distence'. Did you mean 'distance'?")]
    [InlineData("SELECT predict('linear', §*) FROM flights", "no column for input 'seats'")]
    [InlineData("SELECT predict('linear', §f.*) " + Join, "no column for input 'seats'")]
    [InlineData("SELECT predict('linear', §g.*) " + Join, "no table 'g'")]
    [InlineData("SELECT predict('tensor', §*) FROM flights", "takes 5 values per row: list them")]
    [InlineData("SELECT score FROM §predict('linear', (SELECT distance FROM flights))", "no column for input 'seats'")]
    [InlineData("SELECT score FROM predict(§'nope', (SELECT distance FROM flights))", "no model 'nope'")]
    [InlineData("SELECT §predict('classifier', distance := 1, temp := 2).lable FROM flights", "no output 'lable' here. Did you mean 'label'?")]
    public void NamesThatDoNotExist(string sql, string message)
    {
        Assert.Contains(message, fixture.Fails(sql, InferFErrorCode.UnknownName).Message);
    }

    [Theory]
    [InlineData("SELECT §tailnum FROM flights f JOIN planes p ON f.tailnum = p.tailnum", "f.tailnum, p.tailnum")]
    [InlineData("SELECT predict('linear', §*) FROM flights f JOIN planes p USING (tailnum) JOIN makers m ON p.mfr = m.id", "p.seats, m.seats")]
    [InlineData("SELECT 1 FROM flights §JOIN flights ON true", "'flights' stands for two tables")]
    [InlineData("SELECT §score FROM predict('one', (SELECT id AS x, id AS score FROM flights))", "predict.score, predict.score (output of the model)")]
    public void NamesThatAreAmbiguous(string sql, string message)
    {
        Assert.Contains(message, fixture.Fails(sql, InferFErrorCode.AmbiguousName).Message);
    }

    [Theory]
    [InlineData("SELECT f.id FROM flights f JOIN weather w ON f.id §= w.temp", "Column f.id of type INTEGER and column w.temp of type DOUBLE")]
    [InlineData("SELECT f.id FROM flights f JOIN makers m ON f.price §= m.id", "DECIMAL(8,2)")]
    [InlineData("SELECT f.id FROM flights f JOIN makers m ON f.origin §= m.id", "VARCHAR")]
    [InlineData("SELECT f.id FROM flights f JOIN weather w ON f.distance §= w.temp", "DOUBLE")]
    [InlineData("SELECT f.id FROM flights f JOIN weather w §USING (hour, origin) JOIN planes p ON f.emb = p.code", "FLOAT[3]")]
    [InlineData("SELECT f.id " + Join + " WHERE f.origin §< p.year", "VARCHAR cannot be compared with one of type INTEGER")]
    [InlineData("SELECT f.id " + Join + " WHERE f.id §< p.year + p.engine", "")]
    [InlineData("SELECT predict('linear', distance := §f.origin, seats := 1) " + Join, "'f.origin' has type VARCHAR, which does not fit input 'distance' of model 'linear': it takes float")]
    [InlineData("SELECT predict('linear', distance := §f.hour, seats := 1) " + Join, "TIMESTAMP")]
    [InlineData("SELECT predict('linear', distance := §f.s, seats := 1) " + Join, "STRUCT")]
    [InlineData("SELECT predict('typed', engine := §f.id, month := 1, distance := 1) " + Join, "it takes string")]
    [InlineData("SELECT predict('typed', engine := 'a', month := §f.delay, distance := 1) " + Join, "it takes int64")]
    [InlineData("SELECT predict('typed', engine := 'a', month := §f.big, distance := 1) " + Join, "HUGEINT")]
    [InlineData("SELECT f.id FROM flights f WHERE §predict('proba', *) > 0.5", "has 3 columns; take one, predict(…)[1]")]
    [InlineData("SELECT §predict('classifier', distance := 1, temp := 2) + 1 FROM flights", "several outputs (label, probabilities)")]
    [InlineData("SELECT id FROM flights WHERE §predict('one', x := id)", "condition")]
    public void TypesThatDoNotFit(string sql, string message)
    {
        if (message.Length == 0)
        {
            Assert.Throws<InferFException>(() => fixture.Bind(sql.Replace("§", "")));
            return;
        }
        bool isPlaced = !sql.Contains("f.emb");
        Assert.Contains(message, fixture.Fails(isPlaced ? sql : sql.Replace("§", ""), InferFErrorCode.TypeMismatch).Message);
    }

    [Theory]
    [InlineData("SELECT predict('linear', §f.distance, f.id) FROM flights f", InferFErrorCode.InvalidArgument, "without a name")]
    [InlineData("SELECT predict('tensor', §f.distance) FROM flights f", InferFErrorCode.InvalidArgument, "must be a list")]
    [InlineData("SELECT predict('linear', [§f.distance, f.id, 1]) FROM flights f", InferFErrorCode.ModelInputMismatch, "The list gives 3 values, model 'linear' has 2 inputs")]
    [InlineData("SELECT predict('one', x := 1, x := §2) FROM flights f", InferFErrorCode.InvalidArgument, "given twice")]
    [InlineData("SELECT predict(§id, *) FROM flights f", InferFErrorCode.InvalidArgument, "name of a model")]
    [InlineData("SELECT §predict() FROM flights f", InferFErrorCode.InvalidArgument, "name of a model")]
    [InlineData("SELECT predict('one', § * EXCLUDE (id)) FROM flights f", InferFErrorCode.InvalidArgument, "plain '*'")]
    [InlineData("SELECT * FROM §predict('one')", InferFErrorCode.InvalidArgument, "a model and a sub-query")]
    [InlineData("SELECT §predict('linear', seats := 1) FROM flights f", InferFErrorCode.ModelInputMismatch, "no value for input 'distance'")]
    [InlineData("SELECT §predict('linear') FROM flights f", InferFErrorCode.ModelInputMismatch, "inputs 'distance', 'seats'")]
    [InlineData("SELECT predict('tensor', [§id, distance]) FROM flights", InferFErrorCode.ModelInputMismatch, "takes 5 values per row, but the call gives 2")]
    [InlineData("SELECT predict('tensor', [§emb, emb]) FROM flights", InferFErrorCode.ModelInputMismatch, "gives 6")]
    [InlineData("SELECT predict('tensor', [vec, §vec]) FROM flights", InferFErrorCode.ModelInputMismatch, "2 list columns")]
    [InlineData("SELECT predict('tensor', [§emb, ints, vec]) FROM flights", InferFErrorCode.ModelInputMismatch, "gives 5 and a list")]
    [InlineData("SELECT predict('one', x := §emb) FROM flights", InferFErrorCode.ModelInputMismatch, "takes 1 values")]
    [InlineData("SELECT §predict('proba', *)[4] FROM flights", InferFErrorCode.InvalidArgument, "out of range")]
    [InlineData("SELECT id FROM flights ORDER BY §2", InferFErrorCode.InvalidArgument, "out of range")]
    [InlineData("SELECT id FROM flights LIMIT §-1", InferFErrorCode.InvalidArgument, "not negative")]
    [InlineData("SELECT id FROM flights LIMIT §1.5", InferFErrorCode.InvalidArgument, "whole number")]
    public void CallsThatAreWrong(string sql, InferFErrorCode code, string message)
    {
        Assert.Contains(message, fixture.Fails(sql.Replace("§ *", "§*"), code).Message);
    }

    [Fact]
    public void TheMessageShowsLineColumnAndCaret()
    {
        InferFException failure = fixture.Fails("SELECT 'ä', id\nFROM flights\nWHERE 'ö' = §nope", InferFErrorCode.UnknownName);
        string[] lines = failure.Message.Split('\n');
        Assert.Equal("line 3, column 13: WHERE 'ö' = nope", lines[1]);
        Assert.Equal(lines[1].IndexOf("nope", StringComparison.Ordinal), lines[2].IndexOf('^'));
    }

    [Fact]
    public void ALongLineIsCutAroundTheCaret()
    {
        InferFException failure = fixture.Fails("SELECT " + string.Concat(Enumerable.Repeat("id, ", 200)) + "§nope" + string.Concat(Enumerable.Repeat(", id", 200)) + " FROM flights", InferFErrorCode.UnknownName);
        string[] lines = failure.Message.Split('\n');
        Assert.True(lines[1].Length < 140);
        Assert.Equal("nope", lines[1].Substring(lines[2].IndexOf('^'), 4));
    }

    [Fact]
    public void DeepNestingIsAnErrorNotACrash()
    {
        string sum = string.Join(" + ", Enumerable.Repeat("id", 5000));
        Assert.Throws<InferFException>(() => fixture.Bind($"SELECT {sum} FROM flights"));
        Assert.Throws<InferFException>(() => fixture.Bind($"SELECT id FROM flights WHERE {new string('(', 20000)}id{new string(')', 20000)} = 1 AND nope"));
        Assert.Throws<InferFException>(() => fixture.Bind($"SELECT {string.Concat(Enumerable.Repeat("NOT ", 3000))} cancelled FROM flights"));
        string from = string.Concat(Enumerable.Range(0, 1000).Select(i => $" JOIN flights f{i} USING (id)"));
        Assert.Throws<InferFException>(() => fixture.Bind($"SELECT id FROM flights{from}"));
        string nested = string.Concat(Enumerable.Repeat("(SELECT * FROM ", 900)) + "flights" + new string(')', 900);
        Assert.Throws<InferFException>(() => fixture.Bind($"SELECT id FROM {nested}"));
    }

    [Fact]
    public void AShortTextForAHugeExpressionIsAnError()
    {
        string aliases = string.Concat(Enumerable.Range(0, 60).Select(i => $", a{i} + a{i} AS a{i + 1}"));
        Assert.Contains("too large", fixture.Fails($"SELECT id AS a0{aliases} FROM flights", InferFErrorCode.UnsupportedSql).Message);
        string nested = "(SELECT id AS a FROM flights)";
        for (int i = 0; i < 60; i++)
        {
            nested = $"(SELECT a + a AS a FROM {nested})";
        }
        Assert.Contains("too large", fixture.Fails($"SELECT a FROM {nested}", InferFErrorCode.UnsupportedSql).Message);
        string chain = string.Concat(Enumerable.Range(0, 3000).Select(i => $", a{i} + 1 AS a{i + 1}"));
        Assert.Contains("too large", fixture.Fails($"SELECT id AS a0{chain} FROM flights", InferFErrorCode.UnsupportedSql).Message);
    }

    [Fact]
    public void ModerateNestingBinds()
    {
        string sum = string.Join(" + ", Enumerable.Repeat("distance", 400));
        Assert.Single(fixture.Bind($"SELECT {sum} AS s FROM flights WHERE {string.Join(" AND ", Enumerable.Range(0, 2000).Select(i => $"id <> {i + 10}"))}").Outputs);
    }
}
