using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace HybridTiered.Tests.Support;

/// <summary>Keeps every message for the test to look at.</summary>
public sealed class RecordingLogger : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, EventId Id, string Message)> _messages = new();

    public IReadOnlyCollection<(LogLevel Level, EventId Id, string Message)> Messages => _messages;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _messages.Enqueue((logLevel, eventId, formatter(state, exception)));

    public void Dispose()
    {
    }
}
