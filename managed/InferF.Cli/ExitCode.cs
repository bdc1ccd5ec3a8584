namespace InferF.Cli;

/// <summary>Exit codes of the <c>inferf</c> command.</summary>
internal static class ExitCode
{
    public const int Ok = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int UnsupportedModel = 3;
    public const int ParityFailed = 4;
    public const int Cancelled = 130;

    /// <summary>The code a failure ends the process with.</summary>
    public static int Of(Exception exception) => exception switch
    {
        OperationCanceledException => Cancelled,
        InferFException { Code: InferFErrorCode.Cancelled } => Cancelled,
        InferFException { Code: InferFErrorCode.UnsupportedModel } => UnsupportedModel,
        InferFException { Code: InferFErrorCode.InvalidArgument } => Usage,
        _ => Failed,
    };
}
