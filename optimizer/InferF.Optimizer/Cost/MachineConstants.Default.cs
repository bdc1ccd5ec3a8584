namespace InferF.Optimizer.Cost;

public sealed partial record MachineConstants
{
    private const double KiB = 1024;
    private const double MiB = 1024 * KiB;

    /// <summary>Built-in figures: a current server core with AVX2, as measured by <c>inferf calibrate</c> and rounded.</summary>
    public static MachineConstants Default { get; } = new()
    {
        Source = "default",
        Product = new CostSurface(
            [4, 32, 128, 512],
            [1, 4, 16, 64, 256],
            [
                [1 / 4e9, 1 / 7e9, 1 / 20e9, 1 / 40e9, 1 / 50e9],
                [1 / 12e9, 1 / 16e9, 1 / 50e9, 1 / 70e9, 1 / 75e9],
                [1 / 15e9, 1 / 20e9, 1 / 65e9, 1 / 80e9, 1 / 85e9],
                [1 / 15e9, 1 / 20e9, 1 / 65e9, 1 / 85e9, 1 / 85e9],
            ]),
        AddedElement = new CostCurve(new CostPoint(1, 1 / 0.7e9), new CostPoint(16, 1 / 8e9), new CostPoint(256, 1 / 20e9)),
        SecondsPerElement = 1 / 4e9,
        SecondsPerTranscendental = 1 / 1e9,
        SecondsPerStoredByte = 1 / 5e9,
        SecondsPerColumnElement = 1 / 1e9,
        SecondsPerStreamedByte = 1 / 15e9,
        RowGather = new CostSurface(
            [256 * KiB, 1 * MiB, 16 * MiB, 64 * MiB, 256 * MiB],
            [64, 256, 1024],
            [
                [1 / 100e9, 1 / 150e9, 1 / 150e9],
                [1 / 60e9, 1 / 100e9, 1 / 80e9],
                [1 / 30e9, 1 / 60e9, 1 / 60e9],
                [1 / 8e9, 1 / 20e9, 1 / 25e9],
                [1 / 5e9, 1 / 12e9, 1 / 20e9],
            ]),
        CellGather = new CostCurve(new CostPoint(64 * KiB, 0.5e-9), new CostPoint(1 * MiB, 1e-9), new CostPoint(16 * MiB, 3e-9), new CostPoint(64 * MiB, 8e-9)),
        DenseProbe = new CostCurve(new CostPoint(1e3, 2e-9), new CostPoint(1e5, 3e-9), new CostPoint(1e6, 5e-9), new CostPoint(1e7, 15e-9)),
        HashProbe = new CostCurve(new CostPoint(1e3, 5e-9), new CostPoint(1e5, 8e-9), new CostPoint(1e6, 20e-9), new CostPoint(1e7, 40e-9)),
        DenseBuild = new CostCurve(new CostPoint(1e3, 10e-9), new CostPoint(1e5, 10e-9), new CostPoint(1e6, 15e-9), new CostPoint(1e7, 20e-9)),
        HashBuild = new CostCurve(new CostPoint(1e3, 30e-9), new CostPoint(1e5, 30e-9), new CostPoint(1e6, 60e-9), new CostPoint(1e7, 100e-9)),
        SecondsPerCarriedId = 0.7e-9,
        SecondsPerLazyCheck = 2e-9,
        SecondsPerMaskTest = 1 / 6e9,
        SecondsPerMaskWord = 1 / 5e9,
        SecondsPerExitLeaf = 1 / 2e9,
        SecondsPerTreeStep = 1 / 0.6e9,
    };
}
