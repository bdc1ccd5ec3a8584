using System.Runtime.InteropServices;
using System.Text;

namespace InferF.Frontend.Tests.Models.LightGbm;

/// <summary>Trains and scores with the LightGBM library, through its C interface (c_api.h).</summary>
internal sealed class LightGbmLibrary : IDisposable
{
    private const int Float64 = 1;
    private const int Float32 = 0;
    private const int Int32 = 2;
    private const int PredictNormal = 0;
    private const int PredictLeafIndex = 2;

    private readonly nint _dataset;
    private readonly nint _booster;
    private readonly int _columns;

    /// <summary>Trains a model.</summary>
    /// <param name="data">Row-major features; NaN is missing.</param>
    /// <param name="names">Names of the features.</param>
    /// <param name="label">One label per row.</param>
    /// <param name="parameters">As on LightGBM's command line, separated by blanks.</param>
    /// <param name="iterations">Rounds of boosting.</param>
    /// <param name="group">Rows per query for ranking, or null.</param>
    public LightGbmLibrary(double[] data, string[] names, float[] label, string parameters, int iterations, int[]? group = null)
    {
        _columns = names.Length;
        string all = $"{parameters} verbosity=-1 num_threads=1 deterministic=true min_data_in_leaf=3 min_data_in_bin=1";
        Check(LGBM_DatasetCreateFromMat(data, Float64, data.Length / _columns, _columns, 1, all, 0, out _dataset));
        Check(LGBM_DatasetSetField(_dataset, "label", label, label.Length, Float32));
        if (group is not null)
        {
            Check(LGBM_DatasetSetField(_dataset, "group", group, group.Length, Int32));
        }
        Check(LGBM_DatasetSetFeatureNames(_dataset, names, names.Length));
        Check(LGBM_BoosterCreate(_dataset, all, out _booster));
        for (int i = 0; i < iterations; i++)
        {
            Check(LGBM_BoosterUpdateOneIter(_booster, out _));
        }
    }

    /// <summary>The model as the text that is written to files.</summary>
    public string Save()
    {
        byte[] buffer = new byte[1 << 20];
        Check(LGBM_BoosterSaveModelToString(_booster, 0, -1, 0, buffer.Length, out long length, buffer));
        if (length > buffer.Length)
        {
            buffer = new byte[length];
            Check(LGBM_BoosterSaveModelToString(_booster, 0, -1, 0, buffer.Length, out length, buffer));
        }
        return Encoding.UTF8.GetString(buffer, 0, (int)length - 1);
    }

    /// <summary>Predictions of all rows.</summary>
    public double[] Predict(double[] data) => Predict(data, PredictNormal);

    /// <summary>The leaf of each tree, by row.</summary>
    public double[] Leaves(double[] data) => Predict(data, PredictLeafIndex);

    /// <summary>Frees the model and its data.</summary>
    public void Dispose()
    {
        LGBM_BoosterFree(_booster);
        LGBM_DatasetFree(_dataset);
    }

    private double[] Predict(double[] data, int kind)
    {
        int rows = data.Length / _columns;
        Check(LGBM_BoosterCalcNumPredict(_booster, rows, kind, 0, -1, out long length));
        double[] result = new double[length];
        Check(LGBM_BoosterPredictForMat(_booster, data, Float64, rows, _columns, 1, kind, 0, -1, "num_threads=1", out _, result));
        return result;
    }

    private static void Check(int status)
    {
        if (status != 0)
        {
            throw new InvalidOperationException(Marshal.PtrToStringUTF8(LGBM_GetLastError()));
        }
    }

    [DllImport("lib_lightgbm")]
    private static extern nint LGBM_GetLastError();

    [DllImport("lib_lightgbm")]
    private static extern int LGBM_DatasetCreateFromMat(
        double[] data, int type, int rows, int columns, int isRowMajor, [MarshalAs(UnmanagedType.LPUTF8Str)] string parameters, nint reference, out nint dataset);

    [DllImport("lib_lightgbm")]
    private static extern int LGBM_DatasetSetField(nint dataset, [MarshalAs(UnmanagedType.LPUTF8Str)] string field, float[] data, int count, int type);

    [DllImport("lib_lightgbm")]
    private static extern int LGBM_DatasetSetField(nint dataset, [MarshalAs(UnmanagedType.LPUTF8Str)] string field, int[] data, int count, int type);

    [DllImport("lib_lightgbm")]
    private static extern int LGBM_DatasetSetFeatureNames(
        nint dataset, [MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string[] names, int count);

    [DllImport("lib_lightgbm")]
    private static extern int LGBM_DatasetFree(nint dataset);

    [DllImport("lib_lightgbm")]
    private static extern int LGBM_BoosterCreate(nint dataset, [MarshalAs(UnmanagedType.LPUTF8Str)] string parameters, out nint booster);

    [DllImport("lib_lightgbm")]
    private static extern int LGBM_BoosterFree(nint booster);

    [DllImport("lib_lightgbm")]
    private static extern int LGBM_BoosterUpdateOneIter(nint booster, out int isFinished);

    [DllImport("lib_lightgbm")]
    private static extern int LGBM_BoosterSaveModelToString(
        nint booster, int firstIteration, int iterations, int importanceType, long bufferLength, out long length, byte[] buffer);

    [DllImport("lib_lightgbm")]
    private static extern int LGBM_BoosterCalcNumPredict(nint booster, int rows, int kind, int firstIteration, int iterations, out long length);

    [DllImport("lib_lightgbm")]
    private static extern int LGBM_BoosterPredictForMat(
        nint booster, double[] data, int type, int rows, int columns, int isRowMajor, int kind, int firstIteration, int iterations,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string parameters, out long length, double[] result);
}
