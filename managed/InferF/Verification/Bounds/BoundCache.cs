using System.Collections.Concurrent;
using InferF.Plan.Model;
using Microsoft.ML.OnnxRuntime;

namespace InferF.Verification.Bounds;

/// <summary>What evaluations of one model share from block to block: constants in double precision and the sessions of its submodels. Thread-safe.</summary>
internal sealed class BoundCache : IDisposable
{
    private readonly ConcurrentDictionary<ConstantTensor, double[]> _doubles = new(ReferenceEqualityComparer.Instance);
    private readonly ConcurrentDictionary<ConstantTensor, double[]> _magnitudes = new(ReferenceEqualityComparer.Instance);
    private readonly ConcurrentDictionary<TreeEnsemble, TreeBounds> _trees = new(ReferenceEqualityComparer.Instance);
    private readonly ConcurrentDictionary<OnnxSubmodel, Lazy<InferenceSession>> _sessions = new(ReferenceEqualityComparer.Instance);

    /// <summary>The elements of a numeric constant.</summary>
    public double[] Doubles(ConstantTensor tensor) => _doubles.GetOrAdd(tensor, static t => t.Data switch
    {
        float[] singles => System.Array.ConvertAll(singles, v => (double)v),
        long[] integers => System.Array.ConvertAll(integers, v => (double)v),
        _ => (double[])t.Data,
    });

    /// <summary>Their magnitudes.</summary>
    public double[] Magnitudes(ConstantTensor tensor) => _magnitudes.GetOrAdd(tensor, t => System.Array.ConvertAll(Doubles(t), Math.Abs));

    /// <summary>The trees, ready to be walked.</summary>
    public TreeBounds Trees(TreeEnsemble ensemble) => _trees.GetOrAdd(ensemble, static e => new TreeBounds(e));

    /// <summary>The session of a submodel.</summary>
    public InferenceSession Session(OnnxSubmodel submodel) => _sessions.GetOrAdd(submodel, static s => new Lazy<InferenceSession>(() =>
    {
        using SessionOptions options = new() { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        return new InferenceSession((byte[])s.Model.Data, options);
    })).Value;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Lazy<InferenceSession> session in _sessions.Values.Where(s => s.IsValueCreated))
        {
            session.Value.Dispose();
        }
        _sessions.Clear();
    }
}
