using Microsoft.Win32.SafeHandles;

namespace InferF.Cli.Output;

/// <summary>Standard output as a stream that tells when nobody reads it any more; the console's own stream swallows that, and a query would run on.</summary>
internal static class StandardOutput
{
    private const int UnixHandle = 1;
    private const int UnixBrokenPipe = 32;
    private const int WindowsBrokenPipe = unchecked((int)0x8007006D);
    private const int WindowsNoData = unchecked((int)0x800700E8);

    /// <summary>Opens it; the caller disposes the stream, which leaves the handle open.</summary>
    public static Stream Open()
    {
        if (!OperatingSystem.IsWindows() && Console.IsOutputRedirected)
        {
            FileStream pipe = new(new SafeFileHandle(UnixHandle, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            if (!pipe.CanSeek)
            {
                return pipe;
            }
            // A file keeps its position in the handle, which others may share; a FileStream would keep one of its own.
            pipe.Dispose();
        }
        return Console.OpenStandardOutput();
    }

    /// <summary>True if the exception says that nobody reads the output any more.</summary>
    public static bool IsClosed(IOException exception) => exception.HResult is UnixBrokenPipe or WindowsBrokenPipe or WindowsNoData;
}
