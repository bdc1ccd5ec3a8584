using InferF.Plan.Model;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace InferF.Verification;

/// <summary>Runs a model file in ONNX Runtime on ready feature matrices.</summary>
internal sealed class OnnxReference : IDisposable
{
    private readonly InferenceSession _session;
    private readonly ModelGraph _graph;

    // Rows that one run takes: what the file fixes, or 0 for any number.
    private readonly int _rowsPerRun;

    /// <summary>Opens the file.</summary>
    /// <param name="path">The model file, next to its external data if it has any.</param>
    /// <param name="graph">The same model as InferF reads it.</param>
    /// <param name="threads">Threads ONNX Runtime may use.</param>
    public OnnxReference(string path, ModelGraph graph, int threads)
    {
        using SessionOptions options = new() { IntraOpNumThreads = threads, InterOpNumThreads = 1 };
        _session = new InferenceSession(path, options);
        _graph = graph;
        IEnumerable<int> fixedBatches = graph.Inputs
            .Where(i => i.HasBatchDimension && _session.InputMetadata.ContainsKey(i.Name))
            .Select(i => _session.InputMetadata[i.Name].Dimensions).Where(d => d.Length > 0 && d[0] > 0).Select(d => d[0]);
        _rowsPerRun = graph.Inputs.Any(i => !i.HasBatchDimension || i.MapName is not null) ? 1 : fixedBatches.DefaultIfEmpty(0).Max();
    }

    /// <summary>Runs the model.</summary>
    /// <param name="inputs">By model input: row-major <c>float[]</c>, <c>double[]</c>, <c>long[]</c> or <c>string[]</c>.</param>
    /// <param name="rows">Number of rows.</param>
    /// <returns>By model output: a row-major array of the same element types.</returns>
    public Array[] Run(IReadOnlyList<Array> inputs, int rows)
    {
        Array[] all = [.. _graph.Outputs.Select(o => NewArray(o.Expression.Type, rows * o.Expression.Width))];
        int step = _rowsPerRun == 0 ? rows : _rowsPerRun;
        for (int row = 0; row < rows; row += step)
        {
            int count = Math.Min(step, rows - row);
            Array[] outputs = RunOnce(inputs, row, count, step);
            for (int i = 0; i < outputs.Length; i++)
            {
                CopyRows(outputs[i], all[i], _graph.Outputs[i], row, count, step);
            }
        }
        return all;
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    // An output that depends on no input has no batch dimension: its one row is every row's.
    private static void CopyRows(Array output, Array all, ModelOutput declared, int row, int rows, int rowsRun)
    {
        int width = declared.Expression.Width;
        bool isShared = output.Length == width && rowsRun != 1;
        if (!isShared && output.Length != width * rowsRun)
        {
            throw new InferFException(
                InferFErrorCode.InvalidModel,
                $"The reference's output has another size. Output '{declared.Name}': {output.Length} elements, expected {rowsRun} x {width}.");
        }
        for (int i = 0; i < rows; i++)
        {
            Array.Copy(output, isShared ? 0 : i * width, all, (row + i) * width, width);
        }
    }

    // Scores `rows` rows; where the file fixes a larger batch, the last row fills it up.
    private Array[] RunOnce(IReadOnlyList<Array> inputs, int firstRow, int rows, int rowsRun)
    {
        Dictionary<string, OrtValue> values = [];
        using RunOptions options = new();
        try
        {
            for (int i = 0; i < _graph.Inputs.Length; i++)
            {
                ModelInput input = _graph.Inputs[i];
                if (_session.InputMetadata.TryGetValue(input.Name, out NodeMetadata? metadata))
                {
                    Array block = Rows(inputs[i], firstRow * input.Width, rows * input.Width, rowsRun * input.Width, input.Width);
                    values.Add(input.Name, OnnxTensors.Create(input.Name, metadata.ElementDataType, block, Shape(input, rowsRun)));
                }
            }
            foreach (IGrouping<string, int> map in Enumerable.Range(0, _graph.Inputs.Length).Where(i => _graph.Inputs[i].MapName is not null).GroupBy(i => _graph.Inputs[i].MapName!))
            {
                bool hasTextKeys = _session.InputMetadata[map.Key].AsMapMetadata().KeyDataType == TensorElementType.String;
                values.Add(map.Key, OnnxTensors.CreateMap(hasTextKeys, [.. map.Select(i => (_graph.Inputs[i].Name, inputs[i].GetValue(firstRow)!))]));
            }
            foreach (ModelConstantInput constant in _graph.ConstantInputs)
            {
                if (_session.InputMetadata.TryGetValue(constant.Name, out NodeMetadata? metadata))
                {
                    values.Add(constant.Name, OnnxTensors.Create(constant.Name, metadata.ElementDataType, constant.Data, [.. constant.Shape.Select(d => (long)d)]));
                }
            }
            using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(options, values, [.. _graph.Outputs.Select(o => o.Name)]);
            return [.. outputs.Select((value, i) => OnnxTensors.Read(value, _graph.Outputs[i]))];
        }
        finally
        {
            foreach (OrtValue value in values.Values)
            {
                value.Dispose();
            }
        }
    }

    private static long[] Shape(ModelInput input, int rows)
    {
        long known = input.TrailingShape.Where(d => d > 0).Aggregate(1L, (a, b) => a * b);
        // A symbolic trailing dimension is whatever makes the width right; there is at most one.
        IEnumerable<long> trailing = input.TrailingShape.Select(d => d > 0 ? d : input.Width / known);
        return [.. input.HasBatchDimension ? [rows] : Array.Empty<long>(), .. trailing];
    }

    private static Array Rows(Array data, int from, int count, int countRun, int width)
    {
        Array block = Array.CreateInstanceFromArrayType(data.GetType(), countRun);
        Array.Copy(data, from, block, 0, count);
        for (int at = count; at < countRun; at += width)
        {
            Array.Copy(data, from + count - width, block, at, width);
        }
        return block;
    }

    private static Array NewArray(ElementType type, int length) => type switch
    {
        ElementType.Float32 => new float[length],
        ElementType.Float64 => new double[length],
        ElementType.Int64 => new long[length],
        _ => new string[length],
    };
}
