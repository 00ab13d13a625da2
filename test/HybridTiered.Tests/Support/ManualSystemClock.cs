using Microsoft.Extensions.Internal;

namespace HybridTiered.Tests.Support;

/// <summary>The clock of a <see cref="ManualTimeProvider"/> for the framework's memory caches, which take no <see cref="TimeProvider"/>.</summary>
internal sealed class ManualSystemClock(TimeProvider time) : ISystemClock
{
    public DateTimeOffset UtcNow => time.GetUtcNow();
}
