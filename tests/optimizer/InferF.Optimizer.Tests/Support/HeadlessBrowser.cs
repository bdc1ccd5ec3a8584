using System.Diagnostics;

namespace InferF.Optimizer.Tests.Support;

/// <summary>Chromium without a window, if this machine has it (Debian: <c>chromium-headless-shell</c> or <c>chromium</c>), for pages on disk.</summary>
internal static class HeadlessBrowser
{
    public const string Missing = "Skipped: no Chromium on this machine, so pages cannot be opened in a browser. Install chromium-headless-shell or chromium, or set INFERF_CHROMIUM.";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    /// <summary>The executable, or null.</summary>
    public static string? Find()
    {
        string[] names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];
        IEnumerable<string> directories = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return Environment.GetEnvironmentVariable("INFERF_CHROMIUM") is { Length: > 0 } given
            ? given
            : names.SelectMany(name => directories.Select(directory => Path.Combine(directory, name))).FirstOrDefault(File.Exists);
    }

    /// <summary>The document of a page after its scripts have run.</summary>
    public static async Task<string> DocumentAsync(string html, CancellationToken cancellation)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("inferf-browser-");
        try
        {
            string page = Path.Combine(directory.FullName, "page.html");
            await File.WriteAllTextAsync(page, html, cancellation);
            return await RunAsync(Path.Combine(directory.FullName, "profile"), cancellation, "--window-size=1600,1200", "--dump-dom", new Uri(page).AbsoluteUri);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<string> RunAsync(string profile, CancellationToken cancellation, params string[] arguments)
    {
        string[] quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", $"--user-data-dir={profile}"];
        using Process process = Process.Start(new ProcessStartInfo(Find()!, [.. quiet, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(s_patience);
        try
        {
            Task<string> error = process.StandardError.ReadToEndAsync(patience.Token);
            string output = await process.StandardOutput.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            Assert.True(process.ExitCode == 0, $"The browser failed with {process.ExitCode}: {await error}");
            return output;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"The browser was still busy after {s_patience.TotalSeconds} s.");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
    }
}
