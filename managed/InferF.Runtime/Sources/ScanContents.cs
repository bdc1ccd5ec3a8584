using System.Security.Cryptography;
using System.Text;
using Apache.Arrow;

namespace InferF.Runtime.Sources;

/// <summary>One version of a table's rows: a random number that names it, and what its scans look like. Any thread may use it.</summary>
/// <remarks>
/// The number is worth something once a scan has been read to its end and the table was found to be of the same version afterwards. One that was not is never
/// used again, so what has been cached under it is out of reach for good.
/// </remarks>
internal sealed class ScanContents(string version)
{
    // Scans differ in columns and filters; more of them than any program has are not worth remembering.
    private const int MostSchemas = 256;

    private readonly byte[] _number = RandomNumberGenerator.GetBytes(16);
    private readonly Dictionary<string, (Schema Schema, string Text)> _schemas = new(StringComparer.Ordinal);

    /// <summary>What the version was told by.</summary>
    public string Version => version;

    /// <summary>Names the rows that a scan of this version yields.</summary>
    /// <param name="scanSql">The scan: columns, expressions and filter.</param>
    public byte[] KeyOf(string scanSql) => [.. _number, .. SHA256.HashData(Encoding.UTF8.GetBytes(scanSql))];

    /// <summary>The columns of a scan of this version, if it has been opened before.</summary>
    public (Schema Schema, string Text)? FindSchema(string scanSql)
    {
        lock (_schemas)
        {
            return _schemas.TryGetValue(scanSql, out (Schema, string) found) ? found : null;
        }
    }

    /// <summary>Remembers the columns of a scan.</summary>
    public void AddSchema(string scanSql, Schema schema, string text)
    {
        lock (_schemas)
        {
            if (_schemas.Count < MostSchemas)
            {
                _schemas.TryAdd(scanSql, (schema, text));
            }
        }
    }
}
