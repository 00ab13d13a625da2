using HybridTiered.Entries;
using HybridTiered.Tiers.Memory;

namespace HybridTiered.Tests.Tiers.Memory;

[TestFixture, Category("Unit")]
public sealed class UnboundedStoreTests : MemoryStoreTests
{
    private protected override IMemoryStore CreateStore(CoarseClock clock, TimeProvider time) => new UnboundedStore(clock, time);

    [Test]
    public void Nothing_is_evicted()
    {
        for (int i = 0; i < 100_000; i++)
            Store.Put(Entry($"key{i}", size: uint.MaxValue));

        Assert.That((Store.Count, Store.Evictions), Is.EqualTo((100_000L, 0L)));
    }
}
