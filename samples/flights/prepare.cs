// Cuts the sample's two tables from the full data set. Deterministic: the same input gives the same rows in the same order.
//
//   dotnet run samples/flights/prepare.cs -- <folder with flights-3m.parquet and airports.csv.gz>
#:package DuckDB.NET.Data.Full
#:property PublishAot=false

using System.Runtime.CompilerServices;
using DuckDB.NET.Data;

if (args.Length != 1 || !File.Exists(Path.Combine(args[0], "flights-3m.parquet")))
{
    Console.Error.WriteLine("usage: dotnet run samples/flights/prepare.cs -- <folder with flights-3m.parquet and airports.csv.gz>");
    return 2;
}
string source = Path.GetFullPath(args[0]).Replace("'", "''");
string target = SampleFolder().Replace("'", "''");

using var connection = new DuckDBConnection("DataSource=:memory:");
connection.Open();

// One thread and preserved order make the choice of "every 12th row" and the files reproducible.
Run("SET threads = 1");
Run("SET preserve_insertion_order = true");
Run($"""
    CREATE TABLE numbered AS
    SELECT row_number() OVER () AS number, date, delay, distance, origin, destination FROM read_parquet('{source}/flights-3m.parquet')
    """);

// The features of an airport are counted without every fifth day, which train.cs holds out to judge the model.
Run("""
    CREATE TABLE traffic AS
    SELECT origin AS iata,
           CAST(count(*) / count(DISTINCT CAST(date AS DATE)) AS FLOAT) AS departures_per_day,
           CAST(avg(delay) AS FLOAT) AS mean_delay
    FROM numbered WHERE dayofyear(date) % 5 <> 0 GROUP BY origin
    """);
Run($"""
    COPY (
        SELECT a.iata, a.name, a.city, a.state,
               CAST(a.latitude AS FLOAT) AS latitude, CAST(a.longitude AS FLOAT) AS longitude,
               coalesce(t.departures_per_day, 0)::FLOAT AS departures_per_day, coalesce(t.mean_delay, 0)::FLOAT AS mean_delay
        FROM read_csv('{source}/airports.csv.gz', header = true, all_varchar = true) a LEFT JOIN traffic t USING (iata)
        WHERE a.iata IN (SELECT origin FROM numbered UNION SELECT destination FROM numbered)
        ORDER BY a.iata
    ) TO '{target}/airports.parquet' (FORMAT parquet, COMPRESSION zstd)
    """);
Run($"""
    COPY (
        SELECT CAST(date AS TIMESTAMP) AS date, CAST(delay AS SMALLINT) AS delay, CAST(distance AS SMALLINT) AS distance, origin, destination,
               CAST(month(date) AS TINYINT) AS month, CAST(isodow(date) AS TINYINT) AS weekday, CAST(hour(date) AS TINYINT) AS hour
        FROM numbered WHERE number % 12 = 0 ORDER BY date, origin, destination, distance, delay
    ) TO '{target}/flights.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19, ROW_GROUP_SIZE 200000)
    """);
foreach (string file in new[] { "flights.parquet", "airports.parquet" })
{
    Console.WriteLine($"{file}: {Count(file)} rows, {new FileInfo(Path.Combine(SampleFolder(), file)).Length} bytes");
}
return 0;

void Run(string sql)
{
    using DuckDBCommand command = connection.CreateCommand();
    command.CommandText = sql;
    command.ExecuteNonQuery();
}

object? Count(string file)
{
    using DuckDBCommand command = connection.CreateCommand();
    command.CommandText = $"SELECT count(*) FROM read_parquet('{target}/{file}')";
    return command.ExecuteScalar();
}

static string SampleFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
