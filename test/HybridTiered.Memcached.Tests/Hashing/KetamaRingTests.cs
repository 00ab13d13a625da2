using System.Text;
using HybridTiered.Memcached.Hashing;

namespace HybridTiered.Memcached.Tests.Hashing;

[TestFixture, Category("Unit")]
public sealed class KetamaRingTests
{
    private const int Keys = 50_000;

    /// <summary>Computed by an independent implementation of the published algorithm.</summary>
    [TestCase("foo", "10.0.1.2:11211")]
    [TestCase("bar", "10.0.1.1:11211")]
    [TestCase("catalog:1", "10.0.1.3:11211")]
    [TestCase("user/42", "10.0.1.2:11211")]
    [TestCase("日本語", "10.0.1.3:11211")]
    public void Keys_belong_where_the_published_algorithm_puts_them(string key, string server)
    {
        string[] servers = ["10.0.1.1:11211", "10.0.1.2:11211", "10.0.1.3:11211"];

        Assert.That(servers[new KetamaRing(servers).OwnerOf(Encoding.UTF8.GetBytes(key))], Is.EqualTo(server));
    }

    [TestCase(2)]
    [TestCase(5)]
    [TestCase(20)]
    public void Every_server_gets_about_its_share(int servers)
    {
        int[] counts = new int[servers];
        foreach (string owner in Owners(Names(servers)))
            counts[Array.IndexOf(Names(servers), owner)]++;

        // With 160 points a share deviates by 1/sqrt(160), 8 %, on average; four times that is beyond chance.
        Assert.That(counts, Is.All.InRange((int)(Keys / servers * 0.68), (int)(Keys / servers * 1.32)));
    }

    [Test]
    public void A_server_that_leaves_moves_its_own_keys_and_no_others()
    {
        string[] all = Names(10);
        string[] before = Owners(all);
        string[] after = Owners([.. all.Where(s => s != all[3])]);

        for (int i = 0; i < Keys; i++)
            Assert.That(after[i] == before[i], Is.EqualTo(before[i] != all[3]));
    }

    [Test]
    public void The_keys_of_a_server_that_leaves_spread_over_all_the_others()
    {
        string[] all = Names(10);
        string[] before = Owners(all);
        string[] after = Owners([.. all.Where(s => s != all[3])]);

        Assert.That(Enumerable.Range(0, Keys).Where(i => before[i] == all[3]).Select(i => after[i]).Distinct().Count(), Is.EqualTo(9));
    }

    [Test]
    public void A_server_that_joins_takes_keys_and_moves_none_between_the_others()
    {
        string[] before = Owners(Names(9));
        string[] after = Owners(Names(10));

        string[] movedTo = [.. Enumerable.Range(0, Keys).Where(i => before[i] != after[i]).Select(i => after[i])];
        Assert.That(movedTo, Is.All.EqualTo(Names(10)[9]));
        Assert.That(movedTo, Has.Length.InRange((int)(Keys / 10 * 0.68), (int)(Keys / 10 * 1.32)));
    }

    [Test]
    public void The_order_of_the_list_does_not_matter()
    {
        Assert.That(Owners([.. Names(7).Reverse()]), Is.EqualTo(Owners(Names(7))));
    }

    private static string[] Names(int count) => [.. Enumerable.Range(1, count).Select(i => $"10.0.0.{i}:11211")];

    private static string[] Owners(string[] servers)
    {
        var ring = new KetamaRing(servers);
        return [.. Enumerable.Range(0, Keys).Select(i => servers[ring.OwnerOf(Encoding.UTF8.GetBytes($"key:{i}"))])];
    }
}
