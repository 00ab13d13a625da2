namespace HybridTiered.TestServers.Redis;

/// <summary>What starts a server: <c>redis-server</c> on the PATH, else a container of Docker.</summary>
internal sealed record RedisExecutable(string File, IReadOnlyList<string> LeadingArguments)
{
    private const string Image = "redis:7-alpine";

    /// <exception cref="InvalidOperationException">There is neither; the message says what to install.</exception>
    public static RedisExecutable Find(string directory)
    {
        if (IsOnPath("redis-server"))
            return new RedisExecutable("redis-server", []);
        // In the foreground and on the host's network, so that signals, ports and files are those of a process of our own.
        if (IsOnPath("docker"))
            return new RedisExecutable("docker", ["run", "--rm", "--init", "--network", "host", "--volume", $"{directory}:{directory}", Image, "redis-server"]);
        throw new InvalidOperationException(
            "Tests of category Redis need a Redis 7 server. Install redis-server (Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis) or Docker, "
            + $"or set {RedisServer.ConnectionStringVariable} to the connection string of a running one.");
    }

    private static bool IsOnPath(string file) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => System.IO.File.Exists(Path.Combine(folder, file)));
}
