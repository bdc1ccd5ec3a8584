using System.Collections.Immutable;
using InferF.Optimizer.Cost;

namespace InferF.Optimizer.Tests.Cost;

public sealed class CostCurveTests
{
    private static readonly CostCurve s_curve = new(new CostPoint(10, 1), new CostPoint(1000, 4), new CostPoint(10_000, 4));

    private static readonly CostSurface s_surface = new([1, 100], [10, 1000], [[1, 2], [4, 8]]);

    [Theory]
    [InlineData(10, 1)]
    [InlineData(100, 2)]
    [InlineData(1000, 4)]
    [InlineData(3000, 4)]
    [InlineData(1e30, 4)]
    [InlineData(double.PositiveInfinity, 4)]
    [InlineData(0, 1)]
    [InlineData(-5, 1)]
    [InlineData(double.NaN, 1)]
    public void LinesAreStraightInALogarithmicDiagramAndEndFlat(double size, double seconds) => Assert.Equal(seconds, s_curve.At(size), 12);

    [Theory]
    [InlineData(1, 10, 1)]
    [InlineData(100, 1000, 8)]
    [InlineData(10, 10, 2)]
    [InlineData(1, 100, 1.4142135623730951)]
    [InlineData(10, 100, 2.8284271247461903)]
    [InlineData(1e9, 1e9, 8)]
    [InlineData(0, double.NaN, 1)]
    public void SurfacesInterpolateAlongBothAxes(double row, double column, double seconds) => Assert.Equal(seconds, s_surface.At(row, column), 12);

    [Fact]
    public void CurvesOfTheMachineAreFiniteAndDoNotFallWithTheSizeOfATable()
    {
        MachineConstants machine = MachineConstants.Default;
        Func<double, double>[] curves =
        [
            size => machine.GatherSeconds(size, 4), size => machine.GatherSeconds(size, 300), size => machine.GatherSeconds(size, 1e5), machine.CellGather.At,
            machine.DenseProbe.At, machine.HashProbe.At, machine.DenseBuild.At, machine.HashBuild.At,
        ];
        foreach (Func<double, double> curve in curves)
        {
            double last = 0;
            for (double size = 0.1; size < 1e15; size *= 1.7)
            {
                double seconds = curve(size);
                Assert.InRange(seconds, last, 1e-3);
                last = seconds * (1 - 1e-12);
            }
        }
    }

    [Fact]
    public void LongerRowsAndWiderProductsNeverTakeLess()
    {
        MachineConstants machine = MachineConstants.Default;
        foreach (double table in (double[])[1e5, 1e7, 1e9])
        {
            AssertRises(rowBytes => machine.GatherSeconds(table, rowBytes));
        }
        foreach (double width in (double[])[16, 100, 1000])
        {
            AssertRises(inner => inner * width * machine.SecondsPerFlop(inner, width));
            AssertRises(outer => outer * width * machine.SecondsPerFlop(width, outer));
        }

        static void AssertRises(Func<double, double> seconds)
        {
            double last = 0;
            for (double size = 16; size < 1e5; size *= 1.3)
            {
                Assert.True(seconds(size) >= last * (1 - 1e-9), $"{seconds(size)} at {size} after {last}");
                last = seconds(size);
            }
        }
    }

    [Fact]
    public void WrongPointsAreRefused()
    {
        Assert.Throws<ArgumentException>(() => new CostCurve());
        Assert.Throws<ArgumentException>(() => new CostCurve(new CostPoint(2, 1), new CostPoint(2, 1)));
        Assert.Throws<ArgumentException>(() => new CostCurve(new CostPoint(1, 0)));
        Assert.Throws<ArgumentException>(() => new CostCurve(new CostPoint(1, double.NaN)));
        Assert.Throws<ArgumentException>(() => new CostCurve(new CostPoint(double.PositiveInfinity, 1)));
        ImmutableArray<ImmutableArray<double>> incomplete = [[1.0, 2.0], [3.0]];
        Assert.Throws<ArgumentException>(() => new CostSurface([1, 2], [1, 2], incomplete));
        Assert.Throws<ArgumentException>(() => new CostSurface([2, 1], [1], [[1.0], [1.0]]));
        Assert.Throws<ArgumentException>(() => new CostSurface([], [1], []));
    }
}
