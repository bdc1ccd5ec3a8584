using InferF.Plan.Query;

namespace InferF;

/// <summary>What the meaning of a statement depends on beside its text.</summary>
/// <param name="Nulls">What NULL in a model input means.</param>
/// <param name="Precision">What partial results are kept in.</param>
internal readonly record struct StatementSettings(NullHandling Nulls, Precision Precision);

/// <summary>
/// The statements a session was asked for last, by their texts, so that one that comes again is neither parsed, bound nor planned again. What is remembered is
/// valid as long as the session has the tables and models that it had then. Thread-safe.
/// </summary>
internal sealed class StatementCache
{
    private const int MostStatements = 128;

    // Plans hold copies of weights. Those of one statement that hold more are not remembered.
    private const long MostBytes = 64L << 20;

    private const int LongestText = 1 << 16;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Sql, StatementSettings Settings), LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = [];
    private (long Tables, long Models) _version;

    private sealed record Entry((string Sql, StatementSettings Settings) Key, Statement Statement);

    /// <summary>A statement bound before under the same tables and models, or null.</summary>
    /// <param name="sql">Its text.</param>
    /// <param name="settings">What its meaning depends on beside the text.</param>
    /// <param name="version">Numbers that change with the session's tables and models.</param>
    public Statement? Find(string sql, StatementSettings settings, (long Tables, long Models) version)
    {
        lock (_gate)
        {
            if (version != _version || !_entries.TryGetValue((sql, settings), out LinkedListNode<Entry>? node))
            {
                return null;
            }
            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Statement;
        }
    }

    /// <summary>Remembers a statement.</summary>
    /// <param name="sql">Its text.</param>
    /// <param name="settings">What its meaning depends on beside the text.</param>
    /// <param name="version">The version from before it was bound.</param>
    /// <param name="statement">The statement.</param>
    public void Add(string sql, StatementSettings settings, (long Tables, long Models) version, Statement statement)
    {
        if (sql.Length > LongestText)
        {
            return;
        }
        lock (_gate)
        {
            if (version != _version)
            {
                // Numbers only grow: an older one comes from a call that was overtaken.
                if (version.Tables < _version.Tables || version.Models < _version.Models)
                {
                    return;
                }
                _entries.Clear();
                _byUse.Clear();
                _version = version;
            }
            if (!_entries.ContainsKey((sql, settings)))
            {
                _entries.Add((sql, settings), _byUse.AddFirst(new Entry((sql, settings), statement)));
            }
            Shrink();
        }
    }

    /// <summary>Forgets statements until what they hold is within bounds; called when a plan has been added to one.</summary>
    public void Trim()
    {
        lock (_gate)
        {
            Shrink();
        }
    }

    private void Shrink()
    {
        while (_byUse.Count > MostStatements)
        {
            Forget(_byUse.Last!);
        }
        long bytes = 0;
        LinkedListNode<Entry>? next;
        for (LinkedListNode<Entry>? node = _byUse.First; node is not null; node = next)
        {
            next = node.Next;
            bytes += node.Value.Statement.Bytes;
            if (bytes > MostBytes)
            {
                bytes -= node.Value.Statement.Bytes;
                // Queries made of it go on without remembering plans.
                node.Value.Statement.Clear();
                if (node != _byUse.First)
                {
                    Forget(node);
                }
            }
        }
    }

    private void Forget(LinkedListNode<Entry> node)
    {
        _entries.Remove(node.Value.Key);
        _byUse.Remove(node);
    }
}
