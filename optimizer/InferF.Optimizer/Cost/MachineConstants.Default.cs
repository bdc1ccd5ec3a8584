namespace InferF.Optimizer.Cost;

public sealed partial record MachineConstants
{
    private const double KiB = 1024;
    private const double MiB = 1024 * KiB;

    /// <summary>Built-in figures: a current server core with AVX2, as measured by <c>inferf calibrate</c> and rounded.</summary>
    public static MachineConstants Default { get; } = new()
    {
        Source = "default",
        // Products of up to 8 by 4 take a path of the engine that is not vectorized along k: tens of nanoseconds per row.
        Product = new CostSurface(
            [4, 8, 16, 32, 128, 512],
            [1, 4, 16, 64, 256],
            [
                [1.7e-9, 1.9e-9, 0.045e-9, 0.032e-9, 0.036e-9],
                [0.92e-9, 1.0e-9, 0.027e-9, 0.020e-9, 0.024e-9],
                [0.12e-9, 0.12e-9, 0.018e-9, 0.0155e-9, 0.016e-9],
                [0.07e-9, 0.056e-9, 0.0135e-9, 0.013e-9, 0.014e-9],
                [0.04e-9, 0.03e-9, 0.012e-9, 0.012e-9, 0.0115e-9],
                [0.04e-9, 0.026e-9, 0.012e-9, 0.0115e-9, 0.011e-9],
            ]),
        AddedElement = new CostCurve(new CostPoint(1, 0.8e-9), new CostPoint(4, 0.8e-9), new CostPoint(16, 0.13e-9), new CostPoint(64, 0.08e-9), new CostPoint(256, 0.07e-9)),
        SecondsPerElement = 0.12e-9,
        SecondsPerTranscendental = 0.83e-9,
        SecondsPerStoredByte = 0.12e-9,
        SecondsPerColumnElement = 0.9e-9,
        SecondsPerStreamedByte = 0.1e-9,
        RowGather = new CostSurface(
            [256 * KiB, 1 * MiB, 4 * MiB, 16 * MiB, 64 * MiB, 256 * MiB],
            [64, 256, 1024],
            [
                [0.006e-9, 0.005e-9, 0.004e-9],
                [0.010e-9, 0.008e-9, 0.008e-9],
                [0.018e-9, 0.012e-9, 0.009e-9],
                [0.065e-9, 0.022e-9, 0.017e-9],
                [0.14e-9, 0.08e-9, 0.04e-9],
                [0.23e-9, 0.12e-9, 0.055e-9],
            ]),
        CellGather = new CostCurve(new CostPoint(64 * KiB, 0.2e-9), new CostPoint(1 * MiB, 2.4e-9), new CostPoint(4 * MiB, 4.8e-9), new CostPoint(32 * MiB, 9e-9)),
        DenseProbe = new CostCurve(new CostPoint(1e3, 2.2e-9), new CostPoint(1e5, 2.5e-9), new CostPoint(1e6, 4e-9), new CostPoint(5e6, 10e-9)),
        HashProbe = new CostCurve(new CostPoint(1e3, 8e-9), new CostPoint(1e5, 9e-9), new CostPoint(1e6, 18e-9), new CostPoint(4e6, 25e-9)),
        DenseBuild = new CostCurve(new CostPoint(1e3, 8e-9), new CostPoint(1e6, 8e-9), new CostPoint(5e6, 12e-9)),
        HashBuild = new CostCurve(new CostPoint(1e3, 27e-9), new CostPoint(1e5, 27e-9), new CostPoint(1e6, 50e-9), new CostPoint(4e6, 95e-9)),
        SecondsPerCarriedId = 3e-9,
        SecondsPerLazyCheck = 2e-9,
        SecondsPerMaskTest = 0.125e-9,
        SecondsPerMaskWord = 0.09e-9,
        SecondsPerExitLeaf = 0.5e-9,
        SecondsPerTreeStep = 1.8e-9,
    };
}
