using Google.Protobuf;
using InferF.Plan;
using Microsoft.Win32.SafeHandles;

namespace InferF.Frontend.Models.Onnx;

/// <summary>Reads the bytes of a model file and parses them.</summary>
internal static class ModelFile
{
    private const int MaxNamesForHint = 1000;

    public static byte[] ReadBytes(string path)
    {
        try
        {
            if (!File.Exists(path))
            {
                throw ModelErrors.Source(Directory.Exists(path)
                    ? $"A model is a file, not a directory. Path '{path}'."
                    : $"The model file does not exist. Path '{path}'.{Hint(path)}");
            }
            string final = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
            if (FileFacts.OfPath(final) is { IsRegular: false })
            {
                throw ModelErrors.Source($"A model must be a regular file. Path '{path}'.");
            }
            using SafeFileHandle handle = File.OpenHandle(final, options: FileOptions.SequentialScan);
            long length = RandomAccess.GetLength(handle);
            if (length > ModelLimits.MaxBytes)
            {
                throw ModelErrors.Invalid($"A model file must not exceed {ModelLimits.MaxBytes} bytes. Path '{path}', {length} bytes.");
            }
            byte[] bytes = new byte[length];
            int total = 0;
            while (total < bytes.Length)
            {
                int read = RandomAccess.Read(handle, bytes.AsSpan(total), total);
                if (read == 0)
                {
                    throw ModelErrors.Source($"The model file ended early. Path '{path}', {total} of {length} bytes.");
                }
                total += read;
            }
            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw ModelErrors.Source($"The model file cannot be read. Path '{path}': {e.Message}", e);
        }
    }

    public static ModelProto Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            throw ModelErrors.Invalid("The model is empty: an ONNX file is expected.");
        }
        ModelProto model;
        try
        {
            model = ModelProto.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw ModelErrors.Invalid($"The bytes are not an ONNX model: {e.Message}", e);
        }
        if (model.Graph is null)
        {
            throw ModelErrors.Invalid("The bytes are not an ONNX model: they contain no graph.");
        }
        return model;
    }

    private static string Hint(string path)
    {
        string? directory = Path.GetDirectoryName(Path.GetFullPath(path));
        return Directory.Exists(directory)
            ? NearestName.Hint(Path.GetFileName(path), Directory.EnumerateFiles(directory).Take(MaxNamesForHint).Select(p => Path.GetFileName(p)))
            : "";
    }
}
