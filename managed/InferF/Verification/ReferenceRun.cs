using Apache.Arrow;
using Apache.Arrow.Ipc;
using InferF.Frontend.Models;
using InferF.Plan.Model;
using InferF.Plan.Query;
using InferF.Verification.Bounds;
using Array = System.Array;

namespace InferF.Verification;

/// <summary>
/// Joins in DuckDB, scores in ONNX Runtime, batch by batch, and keeps outputs (and, if asked, error bounds) but no features. Models that are no ONNX files are
/// scored by walking their trees row by row.
/// </summary>
internal sealed class ReferenceRun : IDisposable
{
    private readonly BoundQuery _query;
    private readonly OnnxReference?[] _references;
    private readonly BoundCache _bounds = new();

    /// <summary>Opens the models.</summary>
    /// <param name="query">The query.</param>
    /// <param name="modelPath">The file of a model.</param>
    /// <param name="threads">Threads of ONNX Runtime.</param>
    public ReferenceRun(BoundQuery query, Func<ModelGraph, string> modelPath, int threads)
    {
        _query = query;
        _references = [.. query.Predictions.Select(p => ModelReader.FormatOfFile(modelPath(p.Model)) == ModelFormat.Onnx ? new OnnxReference(modelPath(p.Model), p.Model, threads) : null)];
    }

    /// <summary>Scores joined rows.</summary>
    /// <param name="stream">What <see cref="ReferenceSql.JoinedFeatures"/> yields; disposed.</param>
    /// <param name="withBounds">Also compute error bounds.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public async Task<ScoredRows> RunAsync(IArrowArrayStream stream, bool withBounds, CancellationToken cancellation)
    {
        ScoredRows rows = new(_query.Tables.Length);
        using IDisposable owner = stream;
        using SemaphoreSlim free = new(2 * Environment.ProcessorCount);
        List<Task> running = [];
        try
        {
            while (!running.Exists(t => t.IsFaulted) && await stream.ReadNextRecordBatchAsync(cancellation).ConfigureAwait(false) is { } batch)
            {
                await free.WaitAsync(CancellationToken.None).ConfigureAwait(false);
                running.RemoveAll(t => t.IsCompletedSuccessfully);
                running.Add(Task.Run(() => ScoreAndFree(batch), CancellationToken.None));
            }
        }
        finally
        {
            // Whatever ended the loop: the models must not be closed under a batch that is being scored.
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await Task.WhenAll(running).ConfigureAwait(false);
        return rows;

        void ScoreAndFree(RecordBatch batch)
        {
            try
            {
                using (batch)
                {
                    Score(batch, rows, withBounds);
                }
            }
            finally
            {
                free.Release();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (OnnxReference? reference in _references)
        {
            reference?.Dispose();
        }
        _bounds.Dispose();
    }

    private void Score(RecordBatch batch, ScoredRows rows, bool withBounds)
    {
        int count = batch.Length;
        if (count == 0)
        {
            return;
        }
        int tables = _query.Tables.Length;
        long[] keys = RowKeys(batch, tables);
        List<Array> outputs = [];
        List<Array?> errors = [];
        List<bool[]?> uncertain = [];
        int column = tables;
        for (int p = 0; p < _query.Predictions.Length; p++)
        {
            Prediction prediction = _query.Predictions[p];
            Array[] inputs = new Array[prediction.Inputs.Length];
            for (int i = 0; i < inputs.Length; i++)
            {
                IArrowArray[] columns = [.. prediction.Inputs[i].Select(_ => batch.Column(column++))];
                inputs[i] = FeatureMatrix.Build(prediction.Model.Inputs[i], prediction.Inputs[i], columns, _query.Nulls, count);
            }
            OnnxReference? reference = _references[p];
            if (reference is not null)
            {
                outputs.AddRange(reference.Run(inputs, count));
            }
            if (withBounds || reference is null)
            {
                Narrowing narrowing = new(_query.Precision == Precision.Fast ? tables : 0);
                ErrorBoundEvaluator evaluator = new(inputs, count, _bounds, narrowing);
                foreach (ModelOutput output in prediction.Model.Outputs)
                {
                    Block block = evaluator.Evaluate(output.Expression);
                    if (reference is null)
                    {
                        // A booster's own file: its trees are walked row by row here.
                        outputs.Add(output.Expression.Type == ElementType.Float32 ? Array.ConvertAll(block.Floats, v => (float)v) : block.Values);
                    }
                    errors.Add(block.Errors);
                    uncertain.Add(block.Uncertain);
                }
            }
        }
        rows.Add(keys, count, [.. outputs], withBounds ? [.. errors] : null, withBounds ? [.. uncertain] : null);
    }

    /// <summary>Row numbers in the first columns of a batch, −1 for NULL.</summary>
    public static long[] RowKeys(RecordBatch batch, int tables)
    {
        long[] keys = new long[batch.Length * tables];
        for (int t = 0; t < tables; t++)
        {
            Int64Array numbers = (Int64Array)batch.Column(t);
            for (int row = 0; row < batch.Length; row++)
            {
                keys[row * tables + t] = numbers.GetValue(row) ?? -1;
            }
        }
        return keys;
    }
}
