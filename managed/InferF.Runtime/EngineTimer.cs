using System.Diagnostics;

namespace InferF.Runtime;

/// <summary>Adds up the time that calls of one query spend in the engine. Any thread may read it.</summary>
internal sealed class EngineTimer
{
    private long _ticks;

    /// <summary>Time in calls that have returned.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _ticks));

    /// <summary>Adds the time since a call began.</summary>
    /// <param name="start">Time stamp of its beginning.</param>
    public void AddSince(long start) => Interlocked.Add(ref _ticks, Stopwatch.GetTimestamp() - start);
}
