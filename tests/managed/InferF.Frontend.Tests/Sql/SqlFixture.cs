using InferF.Frontend.Sql;
using InferF.Plan.Query;

namespace InferF.Frontend.Tests.Sql;

/// <summary>One catalog for the tests of a class.</summary>
public sealed class SqlFixture : IDisposable
{
    internal DuckDbCatalog Catalog { get; } = new();

    public void Dispose()
    {
        Catalog.Dispose();
    }

    internal BoundQuery Bind(string sql)
    {
        return SqlFrontend.Bind(sql, Catalog, new NullHandling(NullMode.Error));
    }

    /// <summary>Binds a text that must fail; a '§' in it marks where the error must point and is removed.</summary>
    internal InferFException Fails(string sql, InferFErrorCode code)
    {
        int mark = sql.IndexOf('§');
        string text = sql.Replace("§", "");
        InferFException failure = Assert.Throws<InferFException>(() => Bind(text));
        Assert.True(code == failure.Code, $"{failure.Code}: {failure.Message}");
        if (mark >= 0)
        {
            Assert.True(failure.Position is not null, $"no position: {failure.Message}");
            Assert.True(System.Text.Encoding.UTF8.GetByteCount(text.AsSpan(0, mark)) == failure.Position, $"position {failure.Position}:\n{failure.Message}");
            Assert.EndsWith("^", failure.Message);
        }
        return failure;
    }
}
