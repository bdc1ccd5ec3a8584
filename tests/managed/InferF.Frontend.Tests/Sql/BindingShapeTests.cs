using InferF.Frontend.Sql;
using InferF.Plan.Model;
using InferF.Plan.Query;
using ScalarFunction = InferF.Plan.Proto.ScalarFunction;

namespace InferF.Frontend.Tests.Sql;

/// <summary>What goes where: scans, filters, keys, features and outputs of the bound query.</summary>
public sealed class BindingShapeTests(SqlFixture fixture) : IClassFixture<SqlFixture>
{
    private const string Join = "FROM flights f JOIN planes p USING (tailnum)";
    private const string LeftJoin = "FROM flights f LEFT JOIN weather w ON f.origin = w.origin";

    [Fact]
    public void OnlyReferencedColumnsAreScannedUnderTheirExactNames()
    {
        BoundQuery query = fixture.Bind("SELECT ID, \"odd name\", predict('linear', *) " + Join);
        Assert.Equal(["Odd Name", "distance", "id", "tailnum"], query.Tables[0].Columns.Select(column => column.Name).Order(StringComparer.Ordinal));
        Assert.Equal(["seats", "tailnum"], query.Tables[1].Columns.Select(column => column.Name).Order(StringComparer.Ordinal));
        Assert.All(query.Tables.SelectMany(table => table.Columns), column => Assert.Equal($"\"{column.Name}\"", column.Sql));
        Assert.Equal(["id", "Odd Name", "predict"], query.Outputs.Select(output => output.Name));
    }

    [Fact]
    public void SingleTableConditionsAreScanFilters()
    {
        BoundQuery query = fixture.Bind("SELECT f.id " + Join + " WHERE f.month = 6 AND (p.seats > 5 OR p.year IS NULL) AND f.distance > 1.5");
        Assert.Equal("((\"month\" = 6)) AND ((distance > 1.5))".Replace("\"", ""), query.Tables[0].FilterSql!.Replace("\"", ""));
        Assert.Equal("((seats > 5) OR (\"year\" IS NULL))".Replace("\"", ""), query.Tables[1].FilterSql!.Replace("\"", ""));
        Assert.Null(query.Filter);
    }

    [Fact]
    public void ConditionsOnExtendedRowsStayAboveTheJoin()
    {
        BoundQuery query = fixture.Bind("SELECT f.id " + LeftJoin + " WHERE w.visib < 5 AND f.month = 1");
        Assert.Null(query.Tables[1].FilterSql);
        Assert.NotNull(query.Tables[0].FilterSql);
        ScalarCall less = Assert.IsType<ScalarCall>(query.Filter);
        Assert.Equal(ScalarFunction.Less, less.Function);
        Assert.Equal(5f, Assert.IsType<ScalarLiteral>(less.Arguments[1]).Value);
    }

    [Fact]
    public void RightJoinIsTurnedRound()
    {
        FromJoin join = Assert.IsType<FromJoin>(fixture.Bind("SELECT f.id FROM planes p RIGHT JOIN flights f ON p.tailnum = f.tailnum").From);
        Assert.Equal(JoinType.Left, join.Type);
        Assert.Equal(new FromTable(1), join.Left);
        Assert.Equal(1, join.Keys[0].Left.Table);
    }

    [Fact]
    public void KeysMayBeWrittenInEitherOrder()
    {
        FromJoin join = Assert.IsType<FromJoin>(fixture.Bind("SELECT 1 FROM flights f JOIN weather w ON w.origin = f.origin AND f.hour = w.hour").From);
        Assert.Equal(2, join.Keys.Length);
        Assert.All(join.Keys, key => Assert.Equal((0, 1), (key.Left.Table, key.Right.Table)));
    }

    [Fact]
    public void BushyJoinsKeepTheirShape()
    {
        FromJoin join = Assert.IsType<FromJoin>(fixture.Bind("SELECT 1 FROM flights f LEFT JOIN (planes p JOIN makers m ON p.mfr = m.id) ON f.tailnum = p.tailnum").From);
        Assert.IsType<FromTable>(join.Left);
        Assert.Equal(JoinType.Inner, Assert.IsType<FromJoin>(join.Right).Type);
    }

    [Fact]
    public void InequalityOfAnInnerJoinIsItsResidual()
    {
        FromJoin join = Assert.IsType<FromJoin>(fixture.Bind("SELECT 1 FROM flights f JOIN flights g ON f.origin = g.origin AND f.id < g.id").From);
        Assert.Equal(ScalarFunction.Less, Assert.IsType<ScalarCall>(join.Residual).Function);
    }

    [Fact]
    public void TemporalKeysMeetInTheCommonType()
    {
        BoundQuery query = fixture.Bind("SELECT 1 FROM flights f JOIN weather w ON f.day = w.hour");
        ScanColumn left = query.Tables[0].Columns[((FromJoin)query.From).Keys[0].Left.Column];
        Assert.Equal(("CAST(\"day\" AS TIMESTAMP)", "TIMESTAMP"), (left.Sql, left.Type.SqlType));
        Assert.Equal("\"hour\"", query.Tables[1].Columns[((FromJoin)query.From).Keys[0].Right.Column].Sql);
    }

    [Fact]
    public void TheSameCallIsOnePrediction()
    {
        BoundQuery query = fixture.Bind("SELECT predict('linear', *) AS a, predict('linear', seats := p.seats, distance := f.distance) AS b, predict('linear', distance := 1, seats := 2) AS c " + Join + " WHERE predict('linear', *) > 0.5");
        Assert.Equal(2, query.Predictions.Length);
        Assert.Equal(new PredictionOutput(0, 0), query.Outputs[1].Source);
        ScalarCall greater = Assert.IsType<ScalarCall>(query.PredictionFilter);
        Assert.Equal(new ScalarPrediction(0, 0, 0), greater.Arguments[0]);
        Assert.Equal(0.5f, Assert.IsType<ScalarLiteral>(greater.Arguments[1]).Value);
    }

    [Fact]
    public void AStarWithNamedArgumentsFillsTheRest()
    {
        BoundQuery query = fixture.Bind("SELECT predict('linear', *, SEATS := 2013 - p.year) " + Join);
        Feature seats = query.Predictions[0].Inputs[1][0];
        Assert.Equal("(2013 - \"year\")".Replace("\"", ""), query.Tables[1].Columns[seats.Column.Column].Sql.Replace("\"", ""));
        Assert.Null(query.Tables[1].Columns[seats.Column.Column].SourceColumn);
    }

    [Fact]
    public void DecimalFeaturesAreCastAndTheOutputIsNot()
    {
        BoundQuery query = fixture.Bind("SELECT price, predict('one', x := price) AS y FROM flights");
        Assert.Equal(["\"price\"", "CAST(\"price\" AS DOUBLE)"], query.Tables[0].Columns.Select(column => column.Sql).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void ListsContributeTheirElementsInOrder()
    {
        BoundQuery query = fixture.Bind("SELECT predict('tensor', [vec, distance, ints]) FROM flights");
        Assert.Equal([2, 1, 2], query.Predictions[0].Inputs[0].Select(feature => feature.Width));
        Assert.Equal("CAST(\"ints\" AS DOUBLE[2])", query.Tables[0].Columns[query.Predictions[0].Inputs[0][2].Column.Column].Sql);
        query = fixture.Bind("SELECT predict('triple', emb), predict('triple', *), predict('triple', emb := [id, id + 1, 0.5]) FROM flights");
        Assert.Equal([3], query.Predictions[0].Inputs[0].Select(feature => feature.Width));
        Assert.Equal(2, query.Predictions.Length);
    }

    [Fact]
    public void ConstantsAreAttachedToATableThatIsNeverExtended()
    {
        BoundQuery query = fixture.Bind("SELECT predict('one', x := 2.5) FROM planes p RIGHT JOIN flights f USING (tailnum)");
        Assert.Equal(1, query.Predictions[0].Inputs[0][0].Column.Table);
    }

    [Fact]
    public void ResultsHaveTheFormOfTheModel()
    {
        BoundQuery query = fixture.Bind("""
            SELECT predict('proba', *), predict('classifier', distance := 1, temp := 2) AS s, predict('classifier', distance := 1, temp := 2).label,
                   predict('classifier', distance := 1, temp := 2).probabilities[2] AS p2, predict('proba', *)[1] AS p1, (predict('classifier', distance := 1, temp := 2))['probabilities'] AS all
            FROM flights
            """);
        Assert.Equal(
            [new PredictionOutput(0, 0), new PredictionStructOutput(1), new PredictionOutput(1, 0), new ScalarOutput(new ScalarPrediction(1, 1, 1)), new ScalarOutput(new ScalarPrediction(0, 0, 0)), new PredictionOutput(1, 1)],
            query.Outputs.Select(output => output.Source));
        Assert.Equal(["predict", "s", "label", "p2", "p1", "all"], query.Outputs.Select(output => output.Name));
    }

    [Fact]
    public void AListGivesOneValueToEachInput()
    {
        BoundQuery query = fixture.Bind("SELECT predict('classifier', [f.distance, f.id]) FROM flights f");
        Assert.Equal(["\"distance\"", "\"id\""], query.Predictions[0].Inputs.Select(input => query.Tables[0].Columns[input[0].Column.Column].Sql));
        InferFException error = Assert.Throws<InferFException>(() => fixture.Bind("SELECT predict('classifier', [f.distance]) FROM flights f"));
        Assert.Equal(InferFErrorCode.ModelInputMismatch, error.Code);
        Assert.Contains("The list gives 1 values, model 'classifier' has 2 inputs", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ClassesOfAZipMapAreFieldsAndColumns()
    {
        fixture.Catalog.AddZipMapModel("iris", "label", "probabilities", ["setosa", "label", "Virginica"], DuckDbCatalog.Input("distance", ElementType.Float32));
        BoundQuery query = fixture.Bind("""
            SELECT predict('iris', *) AS p, (predict('iris', *)).setosa, (predict('iris', *)).probabilities, (predict('iris', *)).probabilities.virginica AS v,
                   (predict('iris', *))['probabilities.label'] AS other, (predict('iris', *)).label AS label FROM flights
            """);
        Assert.Equal(
            [
                new PredictionStructOutput(0), new ScalarOutput(new ScalarPrediction(0, 1, 0)), new PredictionOutput(0, 1), new ScalarOutput(new ScalarPrediction(0, 1, 2)),
                new ScalarOutput(new ScalarPrediction(0, 1, 1)), new PredictionOutput(0, 0),
            ],
            query.Outputs.Select(output => output.Source));
        query = fixture.Bind("SELECT * FROM predict('iris', (SELECT id, distance FROM flights)) WHERE setosa > 0.5 ORDER BY virginica");
        Assert.Equal(["id", "distance", "label", "setosa", "probabilities.label", "Virginica"], query.Outputs.Where(output => !output.Hidden).Select(output => output.Name));
        InferFException error = Assert.Throws<InferFException>(() => fixture.Bind("SELECT (predict('iris', *)).versicolor FROM flights"));
        Assert.Contains("has no output 'versicolor'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheTableFormShowsColumnsThenOutputs()
    {
        BoundQuery query = fixture.Bind("SELECT *, p.probabilities[1] AS first FROM predict('classifier', (SELECT f.id, f.distance, w.temp, w.origin, f.origin FROM flights f LEFT JOIN weather w USING (hour) WHERE f.month = 1)) AS p WHERE label = 1 AND p.temp > 3 ORDER BY probabilities[2] DESC LIMIT 7");
        Assert.Equal(["id", "distance", "temp", "origin", "origin_1", "label", "probabilities", "first"], query.Outputs.Where(output => !output.Hidden).Select(output => output.Name));
        Assert.NotNull(query.PredictionFilter);
        Assert.NotNull(query.Filter);
        Assert.NotNull(query.Tables[0].FilterSql);
        Assert.Equal(7, query.Limit);
        Assert.Equal(new OrderKey(8, true, false), query.OrderBy[0]);
        Assert.True(query.Outputs[8].Hidden);
    }

    [Fact]
    public void OrderKeysReuseOutputs()
    {
        BoundQuery query = fixture.Bind("SELECT id AS n, predict('one', x := id) AS y FROM flights ORDER BY y DESC NULLS FIRST, id, 1, predict('one', x := id), distance");
        Assert.Equal([new OrderKey(1, true, true), new OrderKey(0, false, false), new OrderKey(0, false, false), new OrderKey(1, false, false), new OrderKey(2, false, false)], query.OrderBy);
        Assert.True(query.Outputs[2].Hidden);
    }

    [Fact]
    public void LiteralsTakeTheTypeDuckDbComparesIn()
    {
        object? Literal(string condition)
        {
            ScalarExpr filter = fixture.Bind($"SELECT f.id {LeftJoin} WHERE {condition}").Filter!;
            return Assert.IsType<ScalarLiteral>(Assert.IsType<ScalarCall>(filter).Arguments[1]).Value;
        }

        Assert.Equal(0.1f, Literal("w.visib > 0.1"));
        Assert.Equal(1f, Literal("w.visib > 1"));
        Assert.Equal(0.1, Literal("w.visib > 1e-1"));
        Assert.Equal(0.1, Literal("w.temp > 0.1"));
        Assert.Equal(-1.0, Literal("w.temp > -1"));
        Assert.Equal("a", Literal("w.note > 'a'"));
        Assert.Equal(true, Literal("w.ok = true"));
    }

    [Fact]
    public void TheQueryCarriesTextAndNullHandling()
    {
        BoundQuery query = SqlFrontend.Bind("SELECT id FROM flights", fixture.Catalog, new NullHandling(NullMode.Constant, 3));
        Assert.Equal(("SELECT id FROM flights", new NullHandling(NullMode.Constant, 3)), (query.Sql, query.Nulls));
        Assert.Empty(query.Predictions);
        Assert.Equal((null, 0L), (query.Limit, query.Offset));
    }

    [Fact]
    public void PositionsAreByteOffsets()
    {
        BoundQuery query = fixture.Bind("SELECT 'ü', predict('one', x := f.id) FROM flights f JOIN planes p USING (tailnum)");
        Assert.Equal("SELECT 'ü', ".Length + 1, query.Predictions[0].Position);
        Assert.Equal("SELECT 'ü', predict('one', x := f.id) FROM flights f ".Length + 1, Assert.IsType<FromJoin>(query.From).Position);
    }

    [Fact]
    public async Task OneFrontEndServesManyThreads()
    {
        Task<string>[] tasks = [.. Enumerable.Range(0, 8).Select(worker => Task.Run(() =>
        {
            using var catalog = new DuckDbCatalog();
            string last = "";
            for (int i = 0; i < 10; i++)
            {
                last = BoundQueryPrinter.Print(SqlFrontend.Bind($"SELECT f.id + {worker} AS x, predict('linear', *) AS y {Join} WHERE lower(f.origin) = 'jfk' AND f.id > {worker}", catalog, default));
            }
            return last;
        }))];
        string[] printed = await Task.WhenAll(tasks);
        Assert.All(printed, (text, worker) => Assert.Contains($"id > {worker}", text));
    }
}
