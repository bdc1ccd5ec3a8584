using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace InferF.Frontend.Models.Onnx;

/// <summary>What the operating system knows of a file and .NET does not tell: whether it is a regular file, and how many names it has.</summary>
/// <remarks>
/// The one place of this assembly with native imports: .NET has no portable way to see hard links, devices and named pipes, and a hostile
/// model could point at any of them. No pointers and no unsafe code: blittable structures only. Linux is tested; Windows and macOS follow
/// their documented layouts. An unknown system gives <c>null</c>, and external data are refused there.
/// </remarks>
/// <param name="IsRegular">A plain file: no directory, link, device, pipe or socket.</param>
/// <param name="Links">Number of names (hard links).</param>
/// <param name="Identity">Two handles with equal identities are the same file.</param>
internal sealed record FileFacts(bool IsRegular, long Links, (ulong Device, ulong Inode) Identity)
{
    /// <summary>Looks at a path without following a symbolic link in its last component and without opening it, where the system allows that.</summary>
    /// <returns>Null if there is nothing at that path or the system is unknown.</returns>
    public static FileFacts? OfPath(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            const int CurrentDirectory = -100;
            const int NoFollow = 0x100;
            return Linux.Statx(CurrentDirectory, path, NoFollow, Linux.BasicStats, out Linux.StatxBuffer buffer) == 0 ? buffer.ToFacts() : null;
        }
        if (OperatingSystem.IsMacOS())
        {
            return (RuntimeInformation.ProcessArchitecture == Architecture.X64
                ? MacOS.LStat64(path, out MacOS.StatBuffer buffer)
                : MacOS.LStat(path, out buffer)) == 0 ? buffer.ToFacts() : null;
        }
        if (OperatingSystem.IsWindows() && File.Exists(path))
        {
            using SafeFileHandle handle = File.OpenHandle(path);
            return OfHandle(handle);
        }
        return null;
    }

    /// <summary>Looks at an open file.</summary>
    public static FileFacts? OfHandle(SafeFileHandle handle)
    {
        if (OperatingSystem.IsLinux())
        {
            const int EmptyPath = 0x1000;
            return Linux.StatxOfHandle(handle, "", EmptyPath, Linux.BasicStats, out Linux.StatxBuffer buffer) == 0 ? buffer.ToFacts() : null;
        }
        if (OperatingSystem.IsMacOS())
        {
            return (RuntimeInformation.ProcessArchitecture == Architecture.X64
                ? MacOS.FStat64(handle, out MacOS.StatBuffer buffer)
                : MacOS.FStat(handle, out buffer)) == 0 ? buffer.ToFacts() : null;
        }
        if (OperatingSystem.IsWindows())
        {
            return Windows.GetFileInformationByHandle(handle, out Windows.FileInformation information) ? information.ToFacts() : null;
        }
        return null;
    }

    private static bool IsRegularMode(int mode) => (mode & 0xF000) == 0x8000;

    private static class Linux
    {
        // STATX_BASIC_STATS of statx(2); the structure is the same on every architecture.
        public const uint BasicStats = 0x7ff;

        [DllImport("libc", EntryPoint = "statx")]
        public static extern int Statx(
            int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, out StatxBuffer buffer);

        [DllImport("libc", EntryPoint = "statx")]
        public static extern int StatxOfHandle(
            SafeFileHandle directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, out StatxBuffer buffer);

        [StructLayout(LayoutKind.Explicit, Size = 256)]
        public struct StatxBuffer
        {
            [FieldOffset(16)]
            public uint Links;
            [FieldOffset(28)]
            public ushort Mode;
            [FieldOffset(32)]
            public ulong Inode;
            [FieldOffset(136)]
            public uint DeviceMajor;
            [FieldOffset(140)]
            public uint DeviceMinor;

            public readonly FileFacts ToFacts() => new(IsRegularMode(Mode), Links, ((ulong)DeviceMajor << 32 | DeviceMinor, Inode));
        }
    }

    private static class MacOS
    {
        // On x86-64 the plain names are the old 32-bit-inode functions.
        [DllImport("libc", EntryPoint = "lstat$INODE64")]
        public static extern int LStat64([MarshalAs(UnmanagedType.LPUTF8Str)] string path, out StatBuffer buffer);

        [DllImport("libc", EntryPoint = "lstat")]
        public static extern int LStat([MarshalAs(UnmanagedType.LPUTF8Str)] string path, out StatBuffer buffer);

        [DllImport("libc", EntryPoint = "fstat$INODE64")]
        public static extern int FStat64(SafeFileHandle handle, out StatBuffer buffer);

        [DllImport("libc", EntryPoint = "fstat")]
        public static extern int FStat(SafeFileHandle handle, out StatBuffer buffer);

        [StructLayout(LayoutKind.Explicit, Size = 256)]
        public struct StatBuffer
        {
            [FieldOffset(0)]
            public uint Device;
            [FieldOffset(4)]
            public ushort Mode;
            [FieldOffset(6)]
            public ushort Links;
            [FieldOffset(8)]
            public ulong Inode;

            public readonly FileFacts ToFacts() => new(IsRegularMode(Mode), Links, (Device, Inode));
        }
    }

    private static class Windows
    {
        [DllImport("kernel32", ExactSpelling = true)]
        [return: MarshalAs(UnmanagedType.Bool)]
        public static extern bool GetFileInformationByHandle(SafeFileHandle handle, out FileInformation information);

        [StructLayout(LayoutKind.Explicit, Size = 52)]
        public struct FileInformation
        {
            [FieldOffset(0)]
            public uint Attributes;
            [FieldOffset(28)]
            public uint Volume;
            [FieldOffset(40)]
            public uint Links;
            [FieldOffset(44)]
            public uint IndexHigh;
            [FieldOffset(48)]
            public uint IndexLow;

            public readonly FileFacts ToFacts()
            {
                const uint DirectoryDeviceOrLink = 0x10 | 0x40 | 0x400;
                return new FileFacts((Attributes & DirectoryDeviceOrLink) == 0, Links, (Volume, (ulong)IndexHigh << 32 | IndexLow));
            }
        }
    }
}
