namespace HybridTiered.Entries;

/// <summary>
/// Writes the time down for whoever asks so often that even reading a clock would be the greater part of the cost. A thread notes it every
/// <see cref="Interval"/> for as long as somebody reads it, and ends when nobody does.
/// </summary>
/// <remarks>
/// The note is worthless when nobody keeps it up to date, so at such times it says <see cref="Unknown"/>, which is later than any moment: whoever compares with
/// it finds that the moment may have come, and asks a real clock. Nothing counts the readers. The thread instead lets the note lapse now and then, and goes
/// on only if the readers, who all notice, <see cref="Request"/> another.
/// </remarks>
/// <param name="clock">Reads the real clock, in milliseconds.</param>
/// <param name="wait">Waits between two notes.</param>
/// <param name="notes">How many notes are written at one request.</param>
internal sealed class ClockTicker(Func<long> clock, Action<TimeSpan> wait, int notes = 200)
{
    /// <summary>What <see cref="Noted"/> says when nobody keeps it.</summary>
    public const long Unknown = long.MaxValue;

    /// <summary>From one note to the next.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    // Long enough that a caller once in a while does not start a thread each time.
    private const int LapsedIntervals = 500;

    private long _noted = Unknown;
    private int _isRequested;
    private int _isRunning;

    /// <summary>The one of the system's clock.</summary>
    public static ClockTicker System { get; } = new(static () => Environment.TickCount64, Thread.Sleep);

    /// <summary>The time a moment ago, or <see cref="Unknown"/>.</summary>
    public long Noted => Volatile.Read(ref _noted);

    /// <summary>Has the time noted for a while from about now on.</summary>
    public void Request()
    {
        if (Volatile.Read(ref _isRequested) == 0)
            Volatile.Write(ref _isRequested, 1);
        if (Volatile.Read(ref _isRunning) == 0 && Interlocked.Exchange(ref _isRunning, 1) == 0)
            new Thread(Run) { IsBackground = true, Name = "HybridTiered clock" }.UnsafeStart();
    }

    private void Run()
    {
        while (IsRequestedSoon())
        {
            for (int i = 0; i < notes; i++)
            {
                Volatile.Write(ref _noted, clock());
                wait(Interval);
            }
            Volatile.Write(ref _noted, Unknown);
        }
        // Whoever requests from here on starts the next thread; whoever did just before finds nothing but an exact clock until then.
        Volatile.Write(ref _isRunning, 0);
    }

    private bool IsRequestedSoon()
    {
        for (int i = 0; i < LapsedIntervals; i++)
        {
            if (Interlocked.Exchange(ref _isRequested, 0) == 1)
                return true;
            wait(Interval);
        }
        return false;
    }
}
