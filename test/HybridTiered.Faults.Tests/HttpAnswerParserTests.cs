using System.Text;
using HybridTiered.Load.Http;

namespace HybridTiered.Faults.Tests;

[TestFixture]
[Category("Unit")]
public sealed class HttpAnswerParserTests
{
    private static readonly string[] Answers =
    [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Cache-Tier: L1\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\ncontent-length:5\r\nX-CACHE-TIER: \t L1 \r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nX-Cache-Tier: L1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n3;name=value\r\nell\r\n01\r\no\r\n0\r\n\r\n",
    ];

    [TestCaseSource(nameof(Answers))]
    public void An_answer_is_complete_with_its_last_byte_and_not_before(string text)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);

        for (int received = 0; received < bytes.Length; received++)
            Assert.That(HttpAnswerParser.TryParse(bytes.AsMemory(0, received), out _), Is.False, $"after {received} bytes");

        Assert.That(HttpAnswerParser.TryParse(bytes, out HttpAnswer answer), Is.True);
        Assert.Multiple(() =>
        {
            Assert.That(answer.Status, Is.EqualTo(200));
            Assert.That(Encoding.ASCII.GetString(answer.Body.Span), Is.EqualTo("hello"));
            Assert.That(answer.Header("X-Cache-Tier"u8), Is.EqualTo("L1"));
            Assert.That(answer.Header("X-Cache"u8), Is.Null);
        });
    }

    [TestCase("HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n", 204)]
    [TestCase("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", 500)]
    public void An_answer_may_have_no_body(string text, int status)
    {
        Assert.That(HttpAnswerParser.TryParse(Encoding.ASCII.GetBytes(text), out HttpAnswer answer), Is.True);
        Assert.That(answer.Status, Is.EqualTo(status));
        Assert.That(answer.Body.IsEmpty, Is.True);
    }

    [TestCase("SSH-2.0-x\r\n\r\n")]
    [TestCase("HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n")]
    [TestCase("HTTP/1.1 200 OK\r\nDate: now\r\n\r\nwithout an end")]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\na")]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab")]
    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n")]
    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n")]
    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc")]
    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nDigest: x\r\n\r\n")]
    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nHTTP/1.1")]
    public void Bytes_that_are_not_one_answer_are_an_error(string text) =>
        Assert.That(() => HttpAnswerParser.TryParse(Encoding.ASCII.GetBytes(text), out _), Throws.TypeOf<HttpRequestException>());
}
