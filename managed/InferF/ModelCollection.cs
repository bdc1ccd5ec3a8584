using System.Collections.Concurrent;
using System.Collections.Immutable;
using InferF.Frontend.Models;
using InferF.Plan.Model;

namespace InferF;

/// <summary>A model of a session. Immutable.</summary>
public sealed class Model
{
    private readonly Lazy<ModelReport> _report;

    internal Model(string path, ModelGraph graph, ModelOptions options)
    {
        (Path, Graph) = (path, graph);
        _report = new Lazy<ModelReport>(() => ModelReport.Inspect(path, options));
    }

    /// <summary>Name it is called by in SQL.</summary>
    public string Name => Graph.Name;

    /// <summary>File it was loaded from.</summary>
    public string Path { get; }

    /// <summary>Inputs in file order.</summary>
    public ImmutableArray<ModelInput> Inputs => Graph.Inputs;

    /// <summary>Outputs in file order.</summary>
    public ImmutableArray<ModelOutput> Outputs => Graph.Outputs;

    /// <summary>Where each node of the file runs, and why. Read from the file when it is first asked for.</summary>
    /// <exception cref="InferFException">The file is gone or has changed.</exception>
    public ImmutableArray<NodeCoverage> Coverage => _report.Value.Coverage;

    /// <summary>The model as an expression DAG.</summary>
    public ModelGraph Graph { get; }
}

/// <summary>The models of a session. Thread-safe.</summary>
public sealed class ModelCollection
{
    private readonly ConcurrentDictionary<string, Model> _models = new(StringComparer.OrdinalIgnoreCase);
    private long _version;

    /// <summary>Names of the models.</summary>
    public IEnumerable<string> Names => _models.Keys;

    /// <summary>Loads a model file (ONNX, LightGBM text, XGBoost JSON or UBJ, told apart by content) under a name; a model of that name is replaced for queries made from now on.</summary>
    /// <param name="name">Name for SQL, case-insensitive.</param>
    /// <param name="path">The file. External weights are read only from inside its directory.</param>
    /// <param name="cancellation">Abandons waiting; the file is read on a pool thread.</param>
    /// <exception cref="InferFException">The file is missing, broken, or needs an operator that InferF does not run.</exception>
    public Task<Model> LoadAsync(string name, string path, CancellationToken cancellation = default) => LoadAsync(name, path, ModelOptions.Default, cancellation);

    /// <summary>Loads a model file under a name; a model of that name is replaced for queries made from now on.</summary>
    /// <param name="name">Name for SQL, case-insensitive.</param>
    /// <param name="path">The file. External weights are read only from inside its directory.</param>
    /// <param name="options">How it is loaded: values of inputs that are the same for every row.</param>
    /// <param name="cancellation">Abandons waiting; the file is read on a pool thread.</param>
    /// <exception cref="InferFException">The file is missing, broken, or needs an operator that InferF does not run; or a constant does not fit.</exception>
    public async Task<Model> LoadAsync(string name, string path, ModelOptions options, CancellationToken cancellation = default)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            throw new InferFException(InferFErrorCode.InvalidArgument, "A model needs a name.");
        }
        ModelGraph graph = await Task.Run(() => ModelReader.Load(path, name, options), cancellation).ConfigureAwait(false);
        Model model = new(System.IO.Path.GetFullPath(path), graph, options);
        _models[name] = model;
        Interlocked.Increment(ref _version);
        return model;
    }

    /// <summary>Grows after every change.</summary>
    internal long Version => Interlocked.Read(ref _version);

    /// <summary>Finds a model, or null.</summary>
    /// <param name="name">Case-insensitive.</param>
    public Model? Find(string name) => _models.GetValueOrDefault(name);
}
