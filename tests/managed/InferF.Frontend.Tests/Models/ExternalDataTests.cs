using System.Diagnostics;
using System.Runtime.InteropServices;
using InferF.Frontend.Models;
using InferF.Plan.Model;
using InferF.Testing;

namespace InferF.Frontend.Tests.Models;

/// <summary>Weights outside of the model file: only regular files with one name inside the model's own directory.</summary>
public sealed class ExternalDataTests : IDisposable
{
    private const long N = OnnxBuilder.Open;
    private static readonly float[] s_weights = [1.5f, -2f, 0.25f];

    private readonly string _root = Directory.CreateTempSubdirectory("inferf-external-").FullName;
    private readonly string _models;

    public ExternalDataTests()
    {
        _models = Directory.CreateDirectory(Path.Combine(_root, "models")).FullName;
        byte[] bytes = MemoryMarshal.AsBytes(s_weights.AsSpan()).ToArray();
        File.WriteAllBytes(Path.Combine(_models, "weights.bin"), bytes);
        File.WriteAllBytes(Path.Combine(_models, "padded.bin"), [.. new byte[8], .. bytes, 9, 9]);
        File.WriteAllBytes(Path.Combine(_root, "secret.bin"), bytes);
        Directory.CreateDirectory(Path.Combine(_models, "sub"));
        File.WriteAllBytes(Path.Combine(_models, "sub", "weights.bin"), bytes);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void DataBesideTheModelAreRead()
    {
        Assert.Equal(s_weights, Load(("location", "weights.bin")));
        Assert.Equal(s_weights, Load(("location", "weights.bin"), ("offset", "0"), ("length", "12"), ("checksum", "ignored")));
        Assert.Equal(s_weights, Load(("location", "padded.bin"), ("offset", "8"), ("length", "12")));
        Assert.Equal(s_weights, Load(("location", "sub/weights.bin")));
    }

    [Fact]
    public void DoublesAndIntegersAreReadToo()
    {
        File.WriteAllBytes(Path.Combine(_models, "double.bin"), [.. BitConverter.GetBytes(0.1), .. BitConverter.GetBytes(-3.0)]);
        byte[] model = new OnnxBuilder().Input("x", "double", N, 2).ExternalInitializer("c", "double", [2], ("location", "double.bin"))
            .Node("Add", ["x", "c"], ["y"]).Output("y", "double").Build();
        ModelGraph graph = OnnxModelReader.Read(model, "model", _models);
        Assert.Equal([0.1, -3.0], Assert.IsType<ConstantBinaryExpr>(graph.Outputs[0].Expression).Constant.Float64.ToArray());
    }

    [Theory]
    [InlineData("../secret.bin")]
    [InlineData("sub/../../secret.bin")]
    [InlineData("sub/../weights.bin")]
    [InlineData("./weights.bin")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("sub//weights.bin")]
    [InlineData("/etc/passwd")]
    [InlineData("..\\secret.bin")]
    [InlineData("C:weights.bin")]
    [InlineData("file:///etc/passwd")]
    [InlineData("weights.bin\0.txt")]
    [InlineData("weights.bin ")]
    [InlineData("weights.bin.")]
    public void OnlyPlainRelativePathsAreAllowed(string location) =>
        Refuse(InferFErrorCode.InvalidModel, "model's own directory", ("location", location));

    [Fact]
    public void AbsolutePathsAreRefusedEvenIntoTheDirectory() =>
        Refuse(InferFErrorCode.InvalidModel, "model's own directory", ("location", Path.Combine(_models, "weights.bin")));

    [Fact]
    public void SymbolicLinksOutOfTheDirectoryAreRefused()
    {
        File.CreateSymbolicLink(Path.Combine(_models, "absolute.bin"), Path.Combine(_root, "secret.bin"));
        File.CreateSymbolicLink(Path.Combine(_models, "relative.bin"), "../secret.bin");
        Directory.CreateSymbolicLink(Path.Combine(_models, "folder"), _root);
        File.CreateSymbolicLink(Path.Combine(_models, "second.bin"), "absolute.bin");
        Directory.CreateSymbolicLink(Path.Combine(_root, "models-twin"), _root);
        Directory.CreateSymbolicLink(Path.Combine(_models, "prefix"), Path.Combine(_root, "models-twin"));
        foreach (string location in new[] { "absolute.bin", "relative.bin", "folder/secret.bin", "second.bin", "prefix/secret.bin" })
        {
            Refuse(InferFErrorCode.InvalidModel, "symbolic link", ("location", location));
        }
    }

    [Fact]
    public void SymbolicLinksWithinTheDirectoryAreFollowed()
    {
        File.CreateSymbolicLink(Path.Combine(_models, "alias.bin"), "weights.bin");
        Directory.CreateSymbolicLink(Path.Combine(_models, "folder"), "sub");
        Assert.Equal(s_weights, Load(("location", "alias.bin")));
        Assert.Equal(s_weights, Load(("location", "folder/weights.bin")));
    }

    [Fact]
    public void LoopsOfSymbolicLinksEnd()
    {
        File.CreateSymbolicLink(Path.Combine(_models, "a.bin"), "b.bin");
        File.CreateSymbolicLink(Path.Combine(_models, "b.bin"), "a.bin");
        Refuse(InferFErrorCode.InvalidModel, "symbolic links", ("location", "a.bin"));
    }

    [Fact]
    public void HardLinksAreRefused()
    {
        Run("ln", Path.Combine(_root, "secret.bin"), Path.Combine(_models, "hard.bin"));
        Refuse(InferFErrorCode.InvalidModel, "hard links", ("location", "hard.bin"));
    }

    [Fact]
    public void SpecialFilesAreRefusedWithoutWaiting()
    {
        Run("mkfifo", Path.Combine(_models, "pipe.bin"));
        Refuse(InferFErrorCode.InvalidModel, "regular file", ("location", "pipe.bin"));
        Refuse(InferFErrorCode.InvalidModel, "regular file", ("location", "sub"));
        Assert.Equal(InferFErrorCode.Source, Assert.Throws<InferFException>(() => OnnxModelReader.Load(Path.Combine(_models, "pipe.bin"), "m")).Code);
        Assert.Equal(InferFErrorCode.Source, Assert.Throws<InferFException>(() => OnnxModelReader.Load("/dev/zero", "m")).Code);
    }

    [Fact]
    public void OffsetsAndLengthsMustFitTheFile()
    {
        Refuse(InferFErrorCode.InvalidModel, "beyond the end", ("location", "weights.bin"), ("offset", "4"));
        Refuse(InferFErrorCode.InvalidModel, "beyond the end", ("location", "weights.bin"), ("offset", "9223372036854775807"));
        Refuse(InferFErrorCode.InvalidModel, "do not fit the shape", ("location", "weights.bin"), ("length", "8"));
        Refuse(InferFErrorCode.InvalidModel, "malformed offset", ("location", "weights.bin"), ("offset", "-4"));
        Refuse(InferFErrorCode.InvalidModel, "malformed length", ("location", "weights.bin"), ("length", "99999999999999999999"));
        Refuse(InferFErrorCode.InvalidModel, "malformed offset", ("location", "weights.bin"), ("offset", "0x4"));
        Refuse(InferFErrorCode.InvalidModel, "a key twice", ("location", "weights.bin"), ("location", "weights.bin"));
        Refuse(InferFErrorCode.InvalidModel, "no location", ("offset", "0"));
    }

    [Fact]
    public void AClaimedSizeIsNotAllocatedBeforeTheFileIsKnownToHaveIt()
    {
        byte[] model = new OnnxBuilder().Input("x", "float", N, 2).ExternalInitializer("c", "float", [500_000_000], ("location", "weights.bin"))
            .Node("Add", ["x", "c"], ["y"]).Output("y").Build();
        long before = GC.GetAllocatedBytesForCurrentThread();
        RejectedModel.With(InferFErrorCode.InvalidModel, model, _models, "beyond the end");
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 50_000_000);
    }

    [Fact]
    public void MissingFilesNameTheNearestOne()
    {
        Refuse(InferFErrorCode.Source, "Did you mean 'weights.bin'?", ("location", "weight.bin"));
        Refuse(InferFErrorCode.Source, "do not exist", ("location", "nowhere/weights.bin"));
        if (OperatingSystem.IsLinux())
        {
            Refuse(InferFErrorCode.Source, "Did you mean 'weights.bin'?", ("location", "WEIGHTS.BIN"));
        }
    }

    [Fact]
    public void AModelFromMemoryHasNoDirectory() =>
        RejectedModel.With(InferFErrorCode.InvalidModel, Model(("location", "weights.bin")), null, "not loaded from a file");

    [Fact]
    public void StringsCannotBeExternal() => RejectedModel.With(InferFErrorCode.InvalidModel, new OnnxBuilder().Input("x", "string", N, 2)
        .ExternalInitializer("c", "string", [2], ("location", "weights.bin")).Node("Add", ["x", "c"], ["y"]).Output("y").Build(), _models, "string tensor");

    [Fact]
    public void UnusedExternalDataAreNotTouched() => Assert.NotNull(OnnxModelReader.Read(new OnnxBuilder().Input("x", "float", N, 1)
        .ExternalInitializer("c", "float", [2], ("location", "../secret.bin")).Node("Relu", ["x"], ["y"]).Output("y").Build(), "model", _models));

    [Fact]
    public void ModelFilesAreReadByPath()
    {
        string path = Path.Combine(_models, "model.onnx");
        File.WriteAllBytes(path, Model(("location", "weights.bin")));
        Assert.Equal("name", OnnxModelReader.Load(path, "name").Name);
        InferFException error = Assert.Throws<InferFException>(() => OnnxModelReader.Load(Path.Combine(_models, "modle.onnx"), "m"));
        Assert.Equal(InferFErrorCode.Source, error.Code);
        Assert.Contains("Did you mean 'model.onnx'?", error.Message, StringComparison.Ordinal);
        Assert.Equal(InferFErrorCode.Source, Assert.Throws<InferFException>(() => OnnxModelReader.Load(_models, "m")).Code);
        Assert.Equal(InferFErrorCode.Source, Assert.Throws<InferFException>(() => OnnxModelReader.Load("", "m")).Code);
    }

    private static byte[] Model(params (string, string)[] entries) => new OnnxBuilder().Input("x", "float", N, 3)
        .ExternalInitializer("c", "float", [3], entries).Node("Add", ["x", "c"], ["y"]).Output("y").Build();

    private float[] Load(params (string, string)[] entries)
    {
        ModelGraph graph = OnnxModelReader.Read(Model(entries), "model", _models);
        return Assert.IsType<ConstantBinaryExpr>(graph.Outputs[0].Expression).Constant.Float32.ToArray();
    }

    private void Refuse(InferFErrorCode code, string part, params (string, string)[] entries) => RejectedModel.With(code, Model(entries), _models, part);

    private static void Run(string program, params string[] arguments)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Needs a POSIX system.");
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
