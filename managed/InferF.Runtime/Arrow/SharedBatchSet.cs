using System.Collections.Immutable;
using Apache.Arrow;

namespace InferF.Runtime.Arrow;

/// <summary>The record batches of one table, which live and die together.</summary>
/// <remarks>
/// Batches that were sliced from one batch share its memory, and disposing one of them frees it for all. So nothing is disposed before
/// the owner and every struct lent from any of the batches have let go, and nothing before everything is unpinned.
/// </remarks>
internal sealed class SharedBatchSet
{
    private int _references = 1;

    /// <summary>Takes ownership of the batches.</summary>
    public SharedBatchSet(IEnumerable<RecordBatch> batches) => Batches = [.. batches.Select(batch => new SharedBatch(batch, this))];

    /// <summary>The batches.</summary>
    public ImmutableArray<SharedBatch> Batches { get; }

    /// <summary>Keeps the batches alive until the matching <see cref="Release"/>. Any thread.</summary>
    public void AddReference() => Interlocked.Increment(ref _references);

    /// <summary>Lets go of a reference; of the last one, frees the batches. Any thread.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) > 0)
        {
            return;
        }
        foreach (SharedBatch batch in Batches)
        {
            batch.Unpin();
        }
        foreach (SharedBatch batch in Batches)
        {
            batch.Batch.Dispose();
        }
    }
}
