using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace HybridTiered.Memcached.Hashing;

/// <summary>
/// Consistent hashing: which of several servers keeps a key, such that a server that comes or goes moves only its own share of the keys.
/// </summary>
/// <remarks>
/// The algorithm is ketama (Richard Jones, Last.fm, 2007, libketama): every server stands on a circle of 32-bit numbers at 160 points, four
/// from the MD5 of each of "host:port-0" to "host:port-39"; a key belongs to the first point at or after the first four bytes of its own
/// MD5, and both read these bytes as little-endian. The order in which the servers are listed does not matter. A server that does not
/// answer keeps its place: handing its keys to a neighbour would bring back, when it returns, what was removed in between.
/// </remarks>
internal sealed class KetamaRing
{
    public const int PointsPerServer = 160;

    private const int PointsPerDigest = MD5.HashSizeInBytes / sizeof(uint);

    private readonly uint[] _points;
    private readonly int[] _owners;
    private readonly int _servers;

    public KetamaRing(IReadOnlyList<string> servers)
    {
        _servers = servers.Count;
        var points = new List<(uint Point, string Name, int Owner)>(servers.Count * PointsPerServer);
        Span<byte> digest = stackalloc byte[MD5.HashSizeInBytes];
        for (int owner = 0; owner < servers.Count; owner++)
        {
            for (int i = 0; i < PointsPerServer / PointsPerDigest; i++)
            {
                Hash(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{servers[owner]}-{i}")), digest);
                for (int part = 0; part < PointsPerDigest; part++)
                    points.Add((BinaryPrimitives.ReadUInt32LittleEndian(digest[(part * sizeof(uint))..]), servers[owner], owner));
            }
        }

        // Two servers may share a point; every instance has to settle that alike, however its list is ordered.
        points.Sort(static (a, b) => a.Point != b.Point ? a.Point.CompareTo(b.Point) : string.CompareOrdinal(a.Name, b.Name));
        _points = [.. points.Select(p => p.Point)];
        _owners = [.. points.Select(p => p.Owner)];
    }

    /// <summary>The index of the server that keeps a key.</summary>
    public int OwnerOf(ReadOnlySpan<byte> key)
    {
        if (_servers == 1)
            return 0;
        Span<byte> digest = stackalloc byte[MD5.HashSizeInBytes];
        Hash(key, digest);
        int index = Array.BinarySearch(_points, BinaryPrimitives.ReadUInt32LittleEndian(digest));
        if (index < 0)
            index = ~index;
        else
        {
            while (index > 0 && _points[index - 1] == _points[index])
                index--;
        }
        return _owners[index == _owners.Length ? 0 : index];
    }

#pragma warning disable CA5351 // MD5 is what ketama is defined with; it spreads keys here and protects nothing.
    private static void Hash(ReadOnlySpan<byte> source, Span<byte> digest) => MD5.HashData(source, digest);
#pragma warning restore CA5351
}
