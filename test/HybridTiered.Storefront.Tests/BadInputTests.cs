using System.Text.Json;

namespace HybridTiered.Storefront.Tests;

[TestFixture]
public sealed class BadInputTests : StorefrontFixture
{
    private const string Change = """{"name":"New name","price":5}""";

    private static readonly string TooLong = new('k', 1025);

    private static IEnumerable<TestCaseData> Requests()
    {
        yield return Case(404, "GET", "/products/3001");
        yield return Case(404, "GET", "/products/");
        yield return Case(400, "GET", "/products/0");
        yield return Case(400, "GET", "/products/-1");
        yield return Case(400, "GET", "/products/+1");
        yield return Case(400, "GET", "/products/1.5");
        yield return Case(400, "GET", "/products/kettle");
        yield return Case(400, "GET", "/products/%20");
        yield return Case(400, "GET", "/products/99999999999");

        yield return Case(404, "PUT", "/products/3001", Change);
        yield return Case(400, "PUT", "/products/kettle", Change);
        yield return Case(400, "PUT", "/products/7", "");
        yield return Case(400, "PUT", "/products/7", "null");
        yield return Case(400, "PUT", "/products/7", "{");
        yield return Case(400, "PUT", "/products/7", "[]");
        yield return Case(400, "PUT", "/products/7", "{}");
        yield return Case(400, "PUT", "/products/7", """{"name":7,"price":5}""");
        yield return Case(400, "PUT", "/products/7", """{"name":"","price":5}""");
        yield return Case(400, "PUT", "/products/7", """{"name":"New name"}""");
        yield return Case(400, "PUT", "/products/7", """{"name":"New name","price":-0.01}""");
        yield return Case(400, "PUT", "/products/7", """{"name":"New name","price":1e300}""");
        yield return Case(400, "PUT", "/products/7", $$"""{"name":"{{new string('n', 101)}}","price":5}""");
        yield return Case(415, "PUT", "/products/7", Change, "text/plain");

        yield return Case(404, "GET", "/categories/nonsense");
        yield return Case(400, "GET", "/categories/%20");
        yield return Case(400, "GET", "/categories/%01");
        yield return Case(400, "GET", "/categories/" + new string('c', 101));

        yield return Case(400, "DELETE", "/cache/keys");
        yield return Case(400, "DELETE", "/cache/keys/");
        yield return Case(400, "DELETE", "/cache/keys/%20");
        yield return Case(400, "DELETE", "/cache/keys/%1F");
        yield return Case(400, "DELETE", "/cache/keys/" + TooLong);
        yield return Case(400, "DELETE", "/cache/tags");
        yield return Case(400, "DELETE", "/cache/tags/%20");
        yield return Case(400, "DELETE", "/cache/tags/" + TooLong);
        yield return Case(400, "DELETE", "/cache");
        yield return Case(400, "DELETE", "/cache?pattern=");
        yield return Case(400, "DELETE", "/cache?pattern=%20");
        yield return Case(400, "DELETE", "/cache?pattern=" + TooLong);

        yield return Case(404, "GET", "/nothing/here");
        yield return Case(405, "POST", "/");
        yield return Case(405, "DELETE", "/products/7");
        yield return Case(405, "PUT", "/categories/tea", Change);
        yield return Case(405, "GET", "/cache/keys/product:7");
        yield return Case(405, "PUT", "/cache?pattern=*", "{}");
        yield return Case(405, "POST", "/stats", "{}");

        static TestCaseData Case(int status, string method, string path, string? body = null, string contentType = "application/json") =>
            new TestCaseData(method, path, body, contentType, status).SetArgDisplayNames(method, Shortened(path), Shortened(body ?? ""), status.ToString());

        static string Shortened(string text) => text.Length <= 60 ? text : $"{text[..20]}... ({text.Length} characters)";
    }

    [TestCaseSource(nameof(Requests))]
    public async Task Bad_input_is_answered_with_a_problem_document(string method, string path, string? body, string contentType, int status)
    {
        using HttpResponseMessage response = await SendAsync(method, path, body, contentType);
        JsonElement problem = await BodyOf(response);

        Assert.That((int)response.StatusCode, Is.EqualTo(status));
        Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"));
        Assert.That(problem.GetProperty("status").GetInt32(), Is.EqualTo(status));
        Assert.That(problem.GetProperty("title").GetString(), Is.Not.Empty);
    }

    [Test]
    public async Task A_refused_change_changes_nothing()
    {
        string before = (await GetAsync("/products/8")).Body.ToString();

        using HttpResponseMessage refused = await SendAsync("PUT", "/products/8", """{"name":"New name","price":-1}""");

        Assert.That((await GetAsync("/products/8")).Body.ToString(), Is.EqualTo(before));
    }
}
