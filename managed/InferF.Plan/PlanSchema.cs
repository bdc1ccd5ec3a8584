namespace InferF.Plan;

/// <summary>Facts about the plan schema that both sides must agree on.</summary>
public static class PlanSchema
{
    /// <summary>Value of <c>PlanFragment.schema_version</c>.</summary>
    public const uint Version = 1;
}
