using System.Collections.Immutable;

namespace InferF.Optimizer.Cost;

/// <summary>A constant of <see cref="MachineConstants"/>, so that files and tables list all of them alike.</summary>
/// <param name="Name">Name in files.</param>
/// <param name="Unit">Unit of work that the seconds are for.</param>
public abstract record MachineConstantField(string Name, string Unit)
{
    /// <summary>All constants, in the order of <see cref="MachineConstants"/>.</summary>
    public static ImmutableArray<MachineConstantField> All { get; } =
    [
        new MachineSurface("product", "flop by K, H", c => c.Product, (c, v) => c with { Product = v }),
        new MachineCurve("added_element", "element by H", c => c.AddedElement, (c, v) => c with { AddedElement = v }),
        new MachineNumber("element", "element", c => c.SecondsPerElement, (c, v) => c with { SecondsPerElement = v }),
        new MachineNumber("transcendental", "element", c => c.SecondsPerTranscendental, (c, v) => c with { SecondsPerTranscendental = v }),
        new MachineNumber("stored_byte", "byte", c => c.SecondsPerStoredByte, (c, v) => c with { SecondsPerStoredByte = v }),
        new MachineNumber("fresh_byte", "byte", c => c.SecondsPerFreshByte, (c, v) => c with { SecondsPerFreshByte = v }),
        new MachineNumber("column_element", "element", c => c.SecondsPerColumnElement, (c, v) => c with { SecondsPerColumnElement = v }),
        new MachineNumber("streamed_byte", "byte", c => c.SecondsPerStreamedByte, (c, v) => c with { SecondsPerStreamedByte = v }),
        new MachineSurface("row_gather", "byte by table, row bytes", c => c.RowGather, (c, v) => c with { RowGather = v }),
        new MachineCurve("cell_gather", "cell by column bytes", c => c.CellGather, (c, v) => c with { CellGather = v }),
        new MachineCurve("dense_probe", "row by build rows", c => c.DenseProbe, (c, v) => c with { DenseProbe = v }),
        new MachineCurve("hash_probe", "row by build rows", c => c.HashProbe, (c, v) => c with { HashProbe = v }),
        new MachineCurve("dense_build", "row by build rows", c => c.DenseBuild, (c, v) => c with { DenseBuild = v }),
        new MachineCurve("hash_build", "row by build rows", c => c.HashBuild, (c, v) => c with { HashBuild = v }),
        new MachineNumber("carried_id", "id", c => c.SecondsPerCarriedId, (c, v) => c with { SecondsPerCarriedId = v }),
        new MachineNumber("lazy_check", "row", c => c.SecondsPerLazyCheck, (c, v) => c with { SecondsPerLazyCheck = v }),
        new MachineNumber("mask_test", "test", c => c.SecondsPerMaskTest, (c, v) => c with { SecondsPerMaskTest = v }),
        new MachineNumber("mask_word", "word", c => c.SecondsPerMaskWord, (c, v) => c with { SecondsPerMaskWord = v }),
        new MachineNumber("exit_leaf", "tree", c => c.SecondsPerExitLeaf, (c, v) => c with { SecondsPerExitLeaf = v }),
        new MachineNumber("tree_step", "node", c => c.SecondsPerTreeStep, (c, v) => c with { SecondsPerTreeStep = v }),
    ];

    /// <summary>The numbers in it: where they hold (empty if everywhere) and seconds per unit.</summary>
    /// <param name="constants">Constants of a machine.</param>
    public abstract IEnumerable<(string At, double Seconds)> Values(MachineConstants constants);

    /// <summary>Seconds per unit where another machine has a point, for comparison.</summary>
    /// <param name="constants">The constants to read.</param>
    /// <param name="points">The constants whose points are used.</param>
    public abstract IEnumerable<double> ValuesAtPointsOf(MachineConstants constants, MachineConstants points);

    private protected static string Size(double size) => size switch
    {
        >= 1 << 20 when size % (1 << 20) == 0 => FormattableString.Invariant($"{size / (1 << 20)}M"),
        >= 1 << 10 when size % (1 << 10) == 0 => FormattableString.Invariant($"{size / (1 << 10)}K"),
        _ => FormattableString.Invariant($"{size}"),
    };
}

/// <summary>A constant that is one number.</summary>
internal sealed record MachineNumber(
    string Name, string Unit, Func<MachineConstants, double> Get, Func<MachineConstants, double, MachineConstants> Set) : MachineConstantField(Name, Unit)
{
    public override IEnumerable<(string At, double Seconds)> Values(MachineConstants constants) => [("", Get(constants))];

    public override IEnumerable<double> ValuesAtPointsOf(MachineConstants constants, MachineConstants points) => [Get(constants)];
}

/// <summary>A constant that depends on one size.</summary>
internal sealed record MachineCurve(
    string Name, string Unit, Func<MachineConstants, CostCurve> Get, Func<MachineConstants, CostCurve, MachineConstants> Set) : MachineConstantField(Name, Unit)
{
    public override IEnumerable<(string At, double Seconds)> Values(MachineConstants constants) => Get(constants).Points.Select(point => (Size(point.Size), point.Seconds));

    public override IEnumerable<double> ValuesAtPointsOf(MachineConstants constants, MachineConstants points) => Get(points).Points.Select(point => Get(constants).At(point.Size));
}

/// <summary>A constant that depends on two sizes.</summary>
internal sealed record MachineSurface(
    string Name, string Unit, Func<MachineConstants, CostSurface> Get, Func<MachineConstants, CostSurface, MachineConstants> Set) : MachineConstantField(Name, Unit)
{
    public override IEnumerable<(string At, double Seconds)> Values(MachineConstants constants) =>
        Places(constants).Select(place => ($"{Size(place.Row)}, {Size(place.Column)}", Get(constants).At(place.Row, place.Column)));

    public override IEnumerable<double> ValuesAtPointsOf(MachineConstants constants, MachineConstants points) =>
        Places(points).Select(place => Get(constants).At(place.Row, place.Column));

    private IEnumerable<(double Row, double Column)> Places(MachineConstants constants) =>
        Get(constants).Rows.SelectMany(row => Get(constants).Columns.Select(column => (row, column)));
}
