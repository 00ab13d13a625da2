using System.Buffers;
using HybridTiered.AspNetCore.OutputCaching;

namespace HybridTiered.AspNetCore.Tests.OutputCaching;

[TestFixture, Category("Unit")]
public sealed class StoredResponseSerializerTests
{
    private static readonly StoredResponseSerializer Serializer = new();

    [Test]
    public void A_response_comes_back_as_it_was()
    {
        StoredResponse back = RoundTrip(new StoredResponse([1, 2, 3], null));
        Assert.That(back.Bytes, Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(back.Facts, Is.Null);
    }

    [TestCase(false, true)]
    [TestCase(true, false)]
    public void Its_facts_come_back_too(bool neverStale, bool forAuthorized)
    {
        var facts = new HttpResponseFacts(DateTime.UtcNow.Ticks, TimeSpan.FromSeconds(3), TimeSpan.MaxValue, 404, neverStale, forAuthorized);
        StoredResponse back = RoundTrip(new StoredResponse([], facts));
        Assert.That(back.Facts, Is.EqualTo(facts));
        Assert.That(back.Bytes, Is.Empty);
    }

    [TestCase(new byte[0])]
    [TestCase(new byte[] { 2, 0, 0 })]
    [TestCase(new byte[] { 1, 0, 0 })]
    public void What_is_no_response_is_refused(byte[] bytes) =>
        Assert.That(() => Serializer.Deserialize(new ReadOnlySequence<byte>(bytes)), Throws.InstanceOf<FormatException>());

    private static StoredResponse RoundTrip(StoredResponse response)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Serializer.Serialize(response, buffer);
        return Serializer.Deserialize(new ReadOnlySequence<byte>(buffer.WrittenMemory));
    }
}
