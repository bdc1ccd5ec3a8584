using InferF.Cli.Bench.Data;

namespace InferF.Cli.Bench.Planner;

/// <summary>The real data sets: tables with keys and features, and joins over them.</summary>
internal static class SharedSchemas
{
    private static readonly SharedTable s_lineItem = new(
        "lineitem", "lineitem.parquet", "l_orderkey, l_partkey, l_suppkey",
        [
            SharedTable.Number("l_quantity", 50), SharedTable.Number("l_discount", 0.1), SharedTable.Number("l_tax", 0.1), SharedTable.Number("l_extendedprice", 1e5),
            .. SharedTable.Hashed("l_returnflag", 4), .. SharedTable.Hashed("l_shipmode", 8),
        ]);

    private static readonly SharedTable s_orders = new(
        "orders", "orders.parquet", "o_orderkey, o_custkey",
        [SharedTable.Number("o_totalprice", 5e5), .. SharedTable.Hashed("o_orderpriority", 8), .. SharedTable.Hashed("o_orderstatus", 4), .. SharedTable.Hashed("o_clerk", 32)]);

    private static readonly SharedTable s_customer = new(
        "customer", "customer.parquet", "c_custkey, c_nationkey",
        [SharedTable.Number("c_acctbal", 1e4), .. SharedTable.Hashed("c_mktsegment", 8), .. SharedTable.Hashed("substr(c_phone, 4, 2)", 32)]);

    private static readonly SharedTable s_part = new(
        "part", "part.parquet", "p_partkey",
        [
            SharedTable.Number("p_size", 50), SharedTable.Number("p_retailprice", 2e3), .. SharedTable.Hashed("p_brand", 25), .. SharedTable.Hashed("p_container", 40),
            .. SharedTable.Hashed("p_type", 64),
        ]);

    private static readonly SharedTable s_supplier = new(
        "supplier", "supplier.parquet", "s_suppkey, s_nationkey", [SharedTable.Number("s_acctbal", 1e4), .. SharedTable.Hashed("substr(s_phone, 4, 2)", 32)]);

    private static readonly SharedTable s_partSupplier = new(
        "partsupp", "partsupp.parquet", "ps_partkey, ps_suppkey", [SharedTable.Number("ps_availqty", 1e4), SharedTable.Number("ps_supplycost", 1e3)]);

    private static readonly SharedTable s_nation = new("nation", "nation.parquet", "n_nationkey, n_regionkey", [.. SharedTable.Hashed("n_name", 25)]);

    private static readonly SharedTable s_region = new("region", "region.parquet", "r_regionkey", [.. SharedTable.Hashed("r_name", 5)]);

    /// <summary>Flights in the United States.</summary>
    public static SharedTable Flights3M { get; } =
        new("flights", "flights-3m.parquet", "origin, destination", [SharedTable.Number("distance", 3e3), SharedTable.Number("delay", 100)]);

    /// <summary>Airports by the code that <see cref="Flights3M"/> uses.</summary>
    public static SharedTable AirportsByIata { get; } = new(
        "airports", "airports.csv.gz", "iata",
        [SharedTable.Number("latitude", 90), SharedTable.Number("longitude", 180), .. SharedTable.Hashed("state", 50), .. SharedTable.Hashed("iata", 60)]);

    /// <summary>Flights from New York, planes, airports, weather.</summary>
    public static IReadOnlyList<SharedTable> NewYorkTables { get; } =
    [
        new SharedTable(
            "flights", "flights.csv.gz", "tailnum, dest, origin, \"month\", \"day\", \"hour\"",
            [SharedTable.Number("distance", 3e3), SharedTable.Number("dep_delay", 100), SharedTable.Number("air_time", 300), .. SharedTable.Hashed("carrier", 16)]),
        new SharedTable(
            "planes", "planes.csv.gz", "tailnum",
            [SharedTable.Number("seats", 300), SharedTable.Number("engines", 4), .. SharedTable.Hashed("manufacturer", 32), .. SharedTable.Hashed("model", 64)]),
        new SharedTable(
            "airports", "airports.csv.gz", "faa",
            [SharedTable.Number("lat", 90), SharedTable.Number("lon", 180), SharedTable.Number("alt", 5e3), .. SharedTable.Hashed("faa", 100)]),
        new SharedTable(
            "weather", "weather.csv.gz", "origin, \"month\", \"day\", \"hour\"",
            [
                SharedTable.Number("\"temp\"", 100), SharedTable.Number("dewp", 100), SharedTable.Number("humid", 100), SharedTable.Number("wind_speed", 40),
                SharedTable.Number("precip", 1), SharedTable.Number("(pressure - 1000)", 50), SharedTable.Number("visib", 10), .. SharedTable.Hashed("wind_dir // 30", 12),
                .. SharedTable.Hashed("\"hour\"", 24),
            ]),
    ];

    /// <summary>TPC-H: lineitem and some of the tables it leads to.</summary>
    /// <param name="tables">2 (orders), 4 (customer, part) or 8 (all).</param>
    /// <param name="model">What scores the features.</param>
    /// <param name="isQuick">Whether the workload is part of the short benchmark.</param>
    public static PlannerWorkload TpcH(int tables, ModelShape model, bool isQuick = false)
    {
        SharedTable[] used = [.. new[] { s_lineItem, s_orders, s_customer, s_part, s_supplier, s_partSupplier, s_nation, s_region }.Take(tables)];
        string[] joins =
        [
            "lineitem",
            " JOIN orders ON l_orderkey = o_orderkey",
            " JOIN customer ON o_custkey = c_custkey",
            " JOIN part ON l_partkey = p_partkey",
            " JOIN supplier ON l_suppkey = s_suppkey",
            " JOIN partsupp ON l_partkey = ps_partkey AND l_suppkey = ps_suppkey",
            " JOIN nation ON c_nationkey = n_nationkey",
            " JOIN region ON n_regionkey = r_regionkey",
        ];
        return SharedWorkload.Create(
            $"tpch-{tables}", "tpch-sf0.1", used, [.. used.Select(table => (table.Name, table.Name))], "l_orderkey", string.Concat(joins.Take(tables)), model, isQuick);
    }

    /// <summary>Flights from New York with the plane, the destination and the weather at the origin: text and composite keys.</summary>
    /// <param name="tables">2 (plane) to 4.</param>
    /// <param name="model">What scores the features.</param>
    public static PlannerWorkload NewYorkFlights(int tables, ModelShape model)
    {
        SharedTable[] used = [NewYorkTables[0] with { Columns = $"\"day\" * 10000 + flight AS id, {NewYorkTables[0].Columns}" }, .. NewYorkTables.Skip(1).Take(tables - 1)];
        string[] joins =
        [
            "flights f",
            " JOIN planes p ON f.tailnum = p.tailnum",
            " JOIN airports a ON f.dest = a.faa",
            " JOIN weather w ON f.origin = w.origin AND f.\"month\" = w.\"month\" AND f.\"day\" = w.\"day\" AND f.\"hour\" = w.\"hour\"",
        ];
        (string, string)[] aliases = [.. new[] { ("f", "flights"), ("p", "planes"), ("a", "airports"), ("w", "weather") }.Take(tables)];
        return SharedWorkload.Create($"nycflights-{tables}", "nycflights13", used, aliases, "f.id", string.Concat(joins.Take(tables)), model);
    }

    /// <summary>Flights with their origin and destination: one table of airports in two roles.</summary>
    /// <param name="model">What scores the features.</param>
    /// <param name="isQuick">Whether the workload is part of the short benchmark.</param>
    public static PlannerWorkload Flights(ModelShape model, bool isQuick = false) => SharedWorkload.Create(
        "flights3m-3",
        "flights-3m",
        [
            Flights3M with { Columns = "distance::INTEGER AS id, origin, destination", Suffix = " LIMIT 500000" },
            AirportsByIata,
        ],
        [("f", "flights"), ("o", "airports"), ("d", "airports")],
        "f.id",
        "flights f JOIN airports o ON f.origin = o.iata JOIN airports d ON f.destination = d.iata",
        model,
        isQuick);

    /// <summary>Sold tracks: a small snowflake.</summary>
    /// <param name="tables">4 (track, album, invoice) or 7 (artist, genre, customer).</param>
    /// <param name="model">What scores the features.</param>
    public static PlannerWorkload Chinook(int tables, ModelShape model)
    {
        SharedTable[] used =
        [
            .. new[]
            {
                new SharedTable("InvoiceLine", "InvoiceLine.csv.gz", "InvoiceLineId, TrackId, InvoiceId", [SharedTable.Number("UnitPrice", 2), SharedTable.Number("Quantity", 1)]),
                new SharedTable(
                    "Track", "Track.csv.gz", "TrackId, AlbumId, GenreId",
                    [SharedTable.Number("Milliseconds", 6e5), SharedTable.Number("Bytes", 1e7), .. SharedTable.Hashed("Composer", 64), .. SharedTable.Hashed("MediaTypeId", 5)]),
                new SharedTable("Album", "Album.csv.gz", "AlbumId, ArtistId", [.. SharedTable.Hashed("Title", 100)]),
                new SharedTable("Invoice", "Invoice.csv.gz", "InvoiceId, CustomerId", [SharedTable.Number("Total", 20), .. SharedTable.Hashed("BillingCountry", 32)]),
                new SharedTable("Artist", "Artist.csv.gz", "ArtistId", [.. SharedTable.Hashed("Name", 100)]),
                new SharedTable("Genre", "Genre.csv.gz", "GenreId", [.. SharedTable.Hashed("Name", 25)]),
                new SharedTable("Customer", "Customer.csv.gz", "CustomerId", [.. SharedTable.Hashed("City", 64), .. SharedTable.Hashed("Country", 32)]),
            }.Take(tables),
        ];
        string[] joins =
        [
            "InvoiceLine l",
            " JOIN Track t ON l.TrackId = t.TrackId",
            " JOIN Album a ON t.AlbumId = a.AlbumId",
            " JOIN Invoice i ON l.InvoiceId = i.InvoiceId",
            " JOIN Artist r ON a.ArtistId = r.ArtistId",
            " JOIN Genre g ON t.GenreId = g.GenreId",
            " JOIN Customer c ON i.CustomerId = c.CustomerId",
        ];
        (string, string)[] aliases =
            [.. new[] { ("l", "InvoiceLine"), ("t", "Track"), ("a", "Album"), ("i", "Invoice"), ("r", "Artist"), ("g", "Genre"), ("c", "Customer") }.Take(tables)];
        return SharedWorkload.Create($"chinook-{tables}", "chinook", used, aliases, "l.InvoiceLineId", string.Concat(joins.Take(tables)), model);
    }

    /// <summary>Sold tracks and the play lists they are on: a many-to-many join, and the track itself.</summary>
    /// <param name="model">What scores the features.</param>
    public static PlannerWorkload PlayLists(ModelShape model) => SharedWorkload.Create(
        "playlists-3",
        "chinook",
        [
            new SharedTable("InvoiceLine", "InvoiceLine.csv.gz", "InvoiceLineId, TrackId", [SharedTable.Number("UnitPrice", 2), .. SharedTable.Hashed("InvoiceId", 64)]),
            new SharedTable("PlaylistTrack", "PlaylistTrack.csv.gz", "PlaylistId, TrackId", [.. SharedTable.Hashed("PlaylistId", 18)]),
            new SharedTable("Track", "Track.csv.gz", "TrackId", [SharedTable.Number("Milliseconds", 6e5), .. SharedTable.Hashed("Composer", 100)]),
        ],
        [("l", "InvoiceLine"), ("p", "PlaylistTrack"), ("t", "Track")],
        "l.InvoiceLineId",
        "InvoiceLine l JOIN PlaylistTrack p ON l.TrackId = p.TrackId JOIN Track t ON l.TrackId = t.TrackId",
        model);
}
