using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using HybridTiered.Tests.Support;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.AspNetCore.Tests.OutputCaching;

[TestFixture, Category("Unit")]
public sealed class TieredOutputCacheStoreTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private ManualTimeProvider _time = null!;
    private ServiceProvider _services = null!;
    private IOutputCacheBufferStore _store = null!;

    [SetUp]
    public void Create()
    {
        _time = new ManualTimeProvider();
        _services = new ServiceCollection().AddSingleton<TimeProvider>(_time)
            .AddHybridTiered(cache => cache.AddMemory()).AddHybridTieredOutputCache().BuildServiceProvider();
        _store = (IOutputCacheBufferStore)_services.GetRequiredService<IOutputCacheStore>();
    }

    [TearDown]
    public async Task Dispose() => await _services.DisposeAsync();

    [Test]
    public async Task A_response_is_found_until_its_time_is_over()
    {
        await _store.SetAsync("key", "page"u8.ToArray(), null, Minute, default);

        Assert.That(await _store.GetAsync("key", default), Is.EqualTo("page"u8.ToArray()));
        Assert.That(await _store.GetAsync("another", default), Is.Null);
        _time.Advance(Minute);
        Assert.That(await _store.GetAsync("key", default), Is.Null);
    }

    [Test]
    public async Task Hits_hand_out_the_same_bytes_without_copying_them()
    {
        await _store.SetAsync("key", "page"u8.ToArray(), null, Minute, default);
        Assert.That(await _store.GetAsync("key", default), Is.SameAs(await _store.GetAsync("key", default)));
    }

    [Test]
    public async Task What_is_valid_only_during_the_call_is_copied()
    {
        byte[] bytes = "page"u8.ToArray();
        string[] tags = ["tag"];
        ValueTask storing = _store.SetAsync("key", new ReadOnlySequence<byte>(bytes), tags, Minute, default);
        bytes.AsSpan().Clear();
        tags[0] = "another";
        await storing;
        byte[] array = "page"u8.ToArray();
        await _store.SetAsync("array", array, ["tag"], Minute, default);
        array[0] = 0;

        Assert.That(await _store.GetAsync("key", default), Is.EqualTo("page"u8.ToArray()));
        Assert.That(await _store.GetAsync("array", default), Is.EqualTo("page"u8.ToArray()));
        await _store.EvictByTagAsync("tag", default);
        Assert.That(await _store.GetAsync("key", default), Is.Null);
    }

    [Test]
    public async Task A_response_in_several_pieces_is_one()
    {
        var last = new Piece("two"u8.ToArray(), null, 3);
        var first = new Piece("one"u8.ToArray(), last, 0);
        await _store.SetAsync("key", new ReadOnlySequence<byte>(first, 0, last, 3), default, Minute, default);
        Assert.That(Encoding.UTF8.GetString((await _store.GetAsync("key", default))!), Is.EqualTo("onetwo"));
    }

    [Test]
    public async Task A_response_can_be_written_to_a_pipe()
    {
        await _store.SetAsync("key", "page"u8.ToArray(), null, Minute, default);
        var pipe = new Pipe();

        Assert.That(await _store.TryGetAsync("key", pipe.Writer, default), Is.True);
        Assert.That(await _store.TryGetAsync("another", pipe.Writer, default), Is.False);
        await pipe.Writer.CompleteAsync();

        ReadResult read = await pipe.Reader.ReadAsync();
        Assert.That(Encoding.UTF8.GetString(read.Buffer), Is.EqualTo("page"));
    }

    [TestCase("*")]
    [TestCase("")]
    [TestCase(" ")]
    public async Task Tags_that_the_cache_does_not_know_do_not_keep_a_response_out(string tag)
    {
        await _store.SetAsync("key", "page"u8.ToArray(), [tag, "tag"], Minute, default);
        await _store.EvictByTagAsync("", default);
        Assert.That(await _store.GetAsync("key", default), Is.Not.Null);
        await _store.EvictByTagAsync("tag", default);
        Assert.That(await _store.GetAsync("key", default), Is.Null);
    }

    [Test]
    public async Task Data_and_pages_share_their_tags()
    {
        TieredCache cache = _services.GetRequiredService<TieredCache>();
        await cache.SetAsync("product:1", "data", tags: ["product:1"]);
        await _store.SetAsync("key", "page"u8.ToArray(), ["product:1"], Minute, default);

        await cache.RemoveByTagAsync("product:1");

        Assert.That(await _store.GetAsync("key", default), Is.Null);
        Assert.That((await cache.TryGetAsync<string>("product:1")).Found, Is.False);
    }

    [Test]
    public async Task Pages_can_be_removed_by_pattern()
    {
        await _store.SetAsync("GET\u001e/a", "page"u8.ToArray(), null, Minute, default);
        await _services.GetRequiredService<ITieredCache>().RemoveByPatternAsync("oc:GET*");
        Assert.That(await _store.GetAsync("GET\u001e/a", default), Is.Null);
    }

    [TestCase(0)]
    [TestCase(-1)]
    public async Task What_has_no_time_left_is_not_stored(int seconds)
    {
        await _store.SetAsync("key", "page"u8.ToArray(), null, TimeSpan.FromSeconds(seconds), default);
        Assert.That(await _store.GetAsync("key", default), Is.Null);
    }

    [Test]
    public void Nothing_may_be_null()
    {
        Assert.That(async () => await _store.GetAsync(null!, default), Throws.ArgumentNullException);
        Assert.That(async () => await _store.SetAsync(null!, [], null, Minute, default), Throws.ArgumentNullException);
        Assert.That(async () => await _store.SetAsync("key", null!, null, Minute, default), Throws.ArgumentNullException);
        Assert.That(async () => await _store.EvictByTagAsync(null!, default), Throws.ArgumentNullException);
        Assert.That(async () => await _store.TryGetAsync("key", null!, default), Throws.ArgumentNullException);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(byte[] bytes, Piece? next, long start)
        {
            Memory = bytes;
            Next = next;
            RunningIndex = start;
        }
    }
}
