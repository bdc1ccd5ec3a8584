using InferF.Plan;

namespace InferF.Frontend.Sql;

/// <summary>A column as the FROM clause offers it.</summary>
/// <param name="Name">Name it is reached by.</param>
/// <param name="Node">What it is.</param>
internal sealed record ScopeColumn(string Name, SqlNode Node);

/// <summary>A relation of the FROM clause: a table, an inlined sub-query or a prediction over one.</summary>
/// <param name="Alias">Name it is reached by; empty if it has none.</param>
/// <param name="Columns">In order.</param>
internal sealed record ScopeTable(string Alias, IReadOnlyList<ScopeColumn> Columns)
{
    private readonly ILookup<string, ScopeColumn> _byName = Columns.ToLookup(column => column.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The columns of that name, case-insensitively.</summary>
    public IEnumerable<ScopeColumn> Find(string name)
    {
        return _byName[name];
    }
}

/// <summary>
/// The names a FROM clause makes visible. Columns joined by USING are one: their unqualified name means the side whose rows are all kept,
/// and <c>*</c> shows them once, where the first of them stands.
/// </summary>
internal sealed class Scope
{
    private sealed record MergedColumn(string Name, HashSet<ScopeTable> Members, SqlNode Primary);

    private readonly List<MergedColumn> _merged = [];
    private readonly SqlError _errors;

    public Scope(SqlError errors, IEnumerable<ScopeTable> tables)
    {
        (_errors, Tables) = (errors, [.. tables]);
    }

    /// <summary>Relations in the order of the text.</summary>
    public List<ScopeTable> Tables { get; }

    /// <summary>The scope of a join: both sides' relations.</summary>
    public static Scope Join(Scope left, Scope right, SqlError errors, int? position)
    {
        foreach (ScopeTable table in right.Tables)
        {
            if (table.Alias.Length > 0 && left.Tables.Any(other => Same(other.Alias, table.Alias)))
            {
                throw errors.At(InferFErrorCode.AmbiguousName, $"The name '{table.Alias}' stands for two tables of the FROM clause. Give one of them another alias.", position);
            }
        }
        var scope = new Scope(errors, [.. left.Tables, .. right.Tables]);
        scope._merged.AddRange(left._merged);
        scope._merged.AddRange(right._merged);
        return scope;
    }

    /// <summary>Merges a USING column of both sides into one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="left">Scope of the left side, which is part of this scope.</param>
    /// <param name="right">Scope of the right side, which is part of this scope.</param>
    /// <param name="keepRight">True for RIGHT JOIN: the right side's value is the merged one.</param>
    public void Merge(string name, Scope left, Scope right, bool keepRight)
    {
        SqlNode primary = (keepRight ? right : left).Groups(name).Single().Node;
        HashSet<ScopeTable> members = [.. left.Members(name), .. right.Members(name)];
        _merged.RemoveAll(merged => Same(merged.Name, name) && merged.Members.Overlaps(members));
        _merged.Add(new MergedColumn(name, members, primary));
    }

    /// <summary>Names that both scopes have, in the left one's order.</summary>
    public static IEnumerable<string> CommonNames(Scope left, Scope right)
    {
        return left.Expand(null, null).Select(column => column.Name).Distinct(StringComparer.OrdinalIgnoreCase)
            .Where(name => right.Tables.Any(table => table.Find(name).Any()));
    }

    /// <summary>Finds an unqualified column; null if there is none.</summary>
    /// <exception cref="InferFException">Several columns have this name.</exception>
    public SqlNode? Find(string name, int? position)
    {
        List<(string Place, SqlNode Node)> groups = [.. Groups(name)];
        return groups.Count switch
        {
            0 => null,
            1 => groups[0].Node,
            _ => throw _errors.At(InferFErrorCode.AmbiguousName,
                $"The column name '{name}' fits several columns: {string.Join(", ", groups.Select(group => group.Place))}. Qualify it with a table name.", position),
        };
    }

    /// <summary>Finds a relation by its alias; null if there is none.</summary>
    public ScopeTable? FindTable(string alias)
    {
        return Tables.FirstOrDefault(table => Same(table.Alias, alias));
    }

    /// <summary>Finds a column of one relation; null if it has none.</summary>
    /// <exception cref="InferFException">It has several of this name.</exception>
    public SqlNode? Find(ScopeTable table, string name, int? position)
    {
        List<ScopeColumn> columns = [.. table.Find(name)];
        return columns.Count switch
        {
            0 => null,
            1 => columns[0].Node,
            _ => throw _errors.At(InferFErrorCode.AmbiguousName, $"'{table.Alias}' has several columns named '{name}'. Rename one of them in the sub-query.", position),
        };
    }

    /// <summary>The error for a column that does not exist.</summary>
    /// <param name="name">Name as written.</param>
    /// <param name="table">The relation it was looked for in, or null for all.</param>
    /// <param name="position">Byte offset in the SQL text, if known.</param>
    public InferFException UnknownColumn(string name, ScopeTable? table, int? position)
    {
        IEnumerable<ScopeTable> searched = table is null ? Tables : [table];
        string hint = NearestName.Hint(name, searched.SelectMany(candidate => candidate.Columns).Select(column => column.Name).Distinct());
        string place = table is null ? "No table of the FROM clause has" : $"Table '{table.Alias}' has no";
        return _errors.At(InferFErrorCode.UnknownName, $"{place} {(table is null ? "a " : "")}column '{name}'.{hint}", position);
    }

    /// <summary>The error for a relation that does not exist.</summary>
    public InferFException UnknownTable(string alias, int? position)
    {
        string hint = NearestName.Hint(alias, Tables.Select(table => table.Alias).Where(name => name.Length > 0));
        return _errors.At(InferFErrorCode.UnknownName, $"The FROM clause has no table '{alias}'.{hint}", position);
    }

    /// <summary>The columns of <c>*</c>, or of <c>t.*</c> for one relation.</summary>
    public IEnumerable<ScopeColumn> Expand(string? alias, int? position)
    {
        if (alias is not null)
        {
            ScopeTable table = FindTable(alias) ?? throw UnknownTable(alias, position);
            return table.Columns;
        }
        return ExpandAll();
    }

    private IEnumerable<ScopeColumn> ExpandAll()
    {
        var shown = new HashSet<MergedColumn>();
        foreach (ScopeTable table in Tables)
        {
            foreach (ScopeColumn column in table.Columns)
            {
                MergedColumn? merged = _merged.Find(candidate => Same(candidate.Name, column.Name) && candidate.Members.Contains(table));
                if (merged is null)
                {
                    yield return column;
                }
                else if (shown.Add(merged))
                {
                    yield return new ScopeColumn(column.Name, merged.Primary);
                }
            }
        }
    }

    private IEnumerable<(string Place, SqlNode Node)> Groups(string name)
    {
        var seen = new HashSet<MergedColumn>();
        foreach (ScopeTable table in Tables)
        {
            foreach (ScopeColumn column in table.Find(name))
            {
                MergedColumn? merged = _merged.Find(candidate => Same(candidate.Name, name) && candidate.Members.Contains(table));
                if (merged is null)
                {
                    yield return (Place(table, column), column.Node);
                }
                else if (seen.Add(merged))
                {
                    yield return (Place(table, column), merged.Primary);
                }
            }
        }
    }

    private IEnumerable<ScopeTable> Members(string name)
    {
        return Tables.Where(table => table.Find(name).Any());
    }

    private static string Place(ScopeTable table, ScopeColumn column)
    {
        string qualified = table.Alias.Length > 0 ? $"{table.Alias}.{column.Name}" : column.Name;
        return column.Node.HasPrediction ? qualified + " (output of the model)" : qualified;
    }

    private static bool Same(string left, string right)
    {
        return string.Equals(left, right, StringComparison.OrdinalIgnoreCase);
    }
}
