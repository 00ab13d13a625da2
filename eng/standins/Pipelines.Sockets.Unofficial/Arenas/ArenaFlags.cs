namespace Pipelines.Sockets.Unofficial.Arenas;

[Flags]
public enum ArenaFlags
{
    None = 0,
}
