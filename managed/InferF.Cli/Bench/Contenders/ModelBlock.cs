using InferF.Runtime.Sources;
using Microsoft.ML.OnnxRuntime;

namespace InferF.Cli.Bench.Contenders;

/// <summary>Rows that ONNX Runtime scores together: their numbers and a matrix for every input of the model.</summary>
/// <param name="query">What is scored.</param>
/// <param name="capacity">Most rows.</param>
internal sealed class ModelBlock(WorkloadQuery query, int capacity)
{
    private static readonly string[] s_outputs = ["y"];

    private readonly string[] _names = [.. query.Inputs.Select(input => input.Name)];
    private readonly int[][] _numbers = [.. query.RowNumber.Select(_ => new int[capacity])];
    private readonly float[][] _matrices = [.. query.Inputs.Select(input => input.Id is null ? new float[(long)capacity * input.Width] : [])];
    private readonly long[][] _ids = [.. query.Inputs.Select(input => input.Id is null ? [] : new long[capacity])];

    /// <summary>Rows filled in.</summary>
    public int Count { get; private set; }

    /// <summary>Whether so many more rows have a place.</summary>
    public bool Fits(int rows) => Count + rows <= capacity;

    /// <summary>Columns that <see cref="AddArrays"/> expects.</summary>
    public static string ArrayColumns(WorkloadQuery query) => Columns(query, (alias, _) => [$"{alias}.x"]);

    /// <summary>Columns that <see cref="AddScalars"/> expects.</summary>
    public static string ScalarColumns(WorkloadQuery query) => Columns(query, PeerDatabase.WideColumns);

    /// <summary>Adds the rows of a chunk, copying arrays as they are.</summary>
    public void AddArrays(DuckDbChunkCursor chunk)
    {
        int column = AddNumbers(chunk);
        for (int i = 0; i < query.Inputs.Count; i++)
        {
            ModelInput input = query.Inputs[i];
            if (input.Id is not null)
            {
                AddIds(chunk.Values<int>(column++), i);
                continue;
            }
            int at = 0;
            foreach ((_, int width) in input.Features)
            {
                ReadOnlySpan<float> elements = chunk.ArrayElements<float>(column++, width);
                for (int row = 0; row < chunk.Count; row++)
                {
                    elements.Slice(row * width, width).CopyTo(_matrices[i].AsSpan((Count + row) * input.Width + at));
                }
                at += width;
            }
        }
        Count += chunk.Count;
    }

    /// <summary>Adds the rows of a chunk, transposing scalar columns.</summary>
    public void AddScalars(DuckDbChunkCursor chunk)
    {
        int column = AddNumbers(chunk);
        for (int i = 0; i < query.Inputs.Count; i++)
        {
            ModelInput input = query.Inputs[i];
            if (input.Id is not null)
            {
                AddIds(chunk.Values<int>(column++), i);
                continue;
            }
            float[] matrix = _matrices[i];
            for (int feature = 0; feature < input.Width; feature++)
            {
                ReadOnlySpan<float> values = chunk.Values<float>(column++);
                for (int row = 0; row < values.Length; row++)
                {
                    matrix[(Count + row) * input.Width + feature] = values[row];
                }
            }
        }
        Count += chunk.Count;
    }

    /// <summary>Fills in as many rows as there is room for, with numbers that mean nothing.</summary>
    /// <param name="idLimit">Ids are less than this.</param>
    public void Invent(int idLimit)
    {
        foreach (float[] matrix in _matrices)
        {
            for (int i = 0; i < matrix.Length; i++)
            {
                matrix[i] = i % 97 / 97f;
            }
        }
        foreach (long[] ids in _ids)
        {
            for (int i = 0; i < ids.Length; i++)
            {
                ids[i] = i * 7919L % idLimit;
            }
        }
        Count = capacity;
    }

    /// <summary>Scores the rows and notes the scores; the block is empty afterwards.</summary>
    public void Score(InferenceSession session, ScoredRows rows)
    {
        if (Count > 0)
        {
            Run(session, Count, scores =>
            {
                if (_numbers.Length == 1)
                {
                    rows.Add(_numbers[0].AsSpan(0, Count), scores);
                }
                else
                {
                    rows.Add(_numbers[0].AsSpan(0, Count), query.RowNumber[0].Stride, _numbers[1].AsSpan(0, Count), query.RowNumber[1].Stride, scores);
                }
            });
        }
        Count = 0;
    }

    /// <summary>Scores the first rows and forgets the scores.</summary>
    public void Score(InferenceSession session, int count) => Run(session, count, _ => { });

    private delegate void ScoreSink(ReadOnlySpan<float> scores);

    private void Run(InferenceSession session, int count, ScoreSink sink)
    {
        OrtValue[] inputs =
        [
            .. query.Inputs.Select((input, i) => input.Id is null
                ? OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, _matrices[i].AsMemory(0, count * input.Width), [count, input.Width])
                : OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, _ids[i].AsMemory(0, count), [count, 1])),
        ];
        try
        {
            using RunOptions options = new();
            using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, _names, inputs, s_outputs);
            sink(outputs[0].GetTensorDataAsSpan<float>());
        }
        finally
        {
            foreach (OrtValue input in inputs)
            {
                input.Dispose();
            }
        }
    }

    private static string Columns(WorkloadQuery query, Func<string, int, IEnumerable<string>> features) => string.Join(", ",
        query.Inputs.SelectMany(input => input.Id is string id ? [id] : input.Features.SelectMany(feature => features(feature.Alias, feature.Width))).Prepend(query.RowNumberColumns));

    private int AddNumbers(DuckDbChunkCursor chunk)
    {
        for (int i = 0; i < _numbers.Length; i++)
        {
            chunk.Values<int>(i).CopyTo(_numbers[i].AsSpan(Count));
        }
        return _numbers.Length;
    }

    private void AddIds(ReadOnlySpan<int> ids, int input)
    {
        for (int i = 0; i < ids.Length; i++)
        {
            _ids[input][Count + i] = ids[i];
        }
    }
}
