using System.Text.Json.Nodes;

namespace InferF.Frontend.Sql;

/// <summary>Refuses the clauses of a SELECT that are not run, and points at them.</summary>
internal sealed class ClauseRules(SqlError errors)
{
    /// <summary>Checks a SELECT.</summary>
    /// <param name="node">Its syntax tree.</param>
    /// <param name="isOuter">True for the statement itself, which may sort and limit.</param>
    /// <exception cref="InferFException">It has a clause that is not run.</exception>
    public void Check(JsonObject node, bool isOuter)
    {
        int? start = SqlParser.FirstPosition(node);
        string type = SyntaxTree.Text(node, "type");
        if (type == "SET_OPERATION_NODE")
        {
            string word = SyntaxTree.Text(node, "setop_type");
            throw errors.Unsupported($"{word} is not supported.", errors.Find(word) ?? start);
        }
        if (type != "SELECT_NODE")
        {
            throw errors.Unsupported("Only a plain SELECT is supported.", start);
        }
        if (node["cte_map"]?["map"] is JsonArray { Count: > 0 })
        {
            throw errors.Unsupported("WITH is not supported.", errors.Find("WITH") ?? start);
        }
        Reject(node, "group_expressions", "GROUP BY", "GROUP", start);
        Reject(node, "group_sets", "GROUP BY", "GROUP", start);
        if (SyntaxTree.Text(node, "aggregate_handling") == "FORCE_AGGREGATES")
        {
            throw errors.Unsupported("GROUP BY is not supported.", errors.Find("GROUP") ?? start);
        }
        Reject(node, "having", "HAVING", "HAVING", start);
        Reject(node, "qualify", "QUALIFY", "QUALIFY", start);
        Reject(node, "sample", "USING SAMPLE", "SAMPLE", start);
        foreach (JsonObject modifier in (node["modifiers"] as JsonArray ?? []).Select(item => item!.AsObject()))
        {
            switch (SyntaxTree.Text(modifier, "type"))
            {
                case "DISTINCT_MODIFIER":
                    throw errors.Unsupported("DISTINCT is not supported.", errors.Find("DISTINCT") ?? start);
                case "LIMIT_PERCENT_MODIFIER":
                    throw errors.Unsupported("LIMIT with a percentage is not supported.", SqlParser.FirstPosition(modifier) ?? start);
                case "ORDER_MODIFIER" or "LIMIT_MODIFIER" when !isOuter:
                    throw errors.Unsupported("ORDER BY and LIMIT are not supported in a sub-query.", SqlParser.FirstPosition(modifier) ?? start);
            }
        }
    }

    private void Reject(JsonObject node, string property, string clause, string word, int? start)
    {
        if (node[property] is JsonObject || node[property] is JsonArray { Count: > 0 })
        {
            throw errors.Unsupported($"{clause} is not supported.", errors.Find(word, start ?? 0) ?? SqlParser.FirstPosition(node[property]) ?? start);
        }
    }
}
