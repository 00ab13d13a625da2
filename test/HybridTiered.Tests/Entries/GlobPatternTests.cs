using System.Diagnostics;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using HybridTiered.Entries;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests.Entries;

[TestFixture, Category("Unit")]
public sealed class GlobPatternTests
{
    private static readonly Gen<string> Patterns =
        Gen.Elements(
                "*", "*", "?", "[", "]", "^", "-", "\\", "a", "b", "c", "[ab]", "[^a]", "[a-c]",
                "é", "€", "\U0001F600", "\uD83D", "\uDE00", "[é-€]")
            .NonEmptyListOf()
            .Resize(12)
            .Select(string.Concat);

    private static readonly Gen<string> Keys =
        Gen.Elements("a", "a", "b", "c", "d", "-", "]", "[", "^", "\\", "*", "?", "é", "€", "\U0001F600")
            .ListOf()
            .Resize(10)
            .Select(string.Concat);

    // The examples of the Redis documentation of KEYS, then the corners of the dialect.
    [TestCase("h?llo", "hello hallo hxllo", "hllo heello Hello")]
    [TestCase("h*llo", "hllo heeeello hello", "hell hllox")]
    [TestCase("h[ae]llo", "hello hallo", "hillo hllo")]
    [TestCase("h[^e]llo", "hallo hbllo", "hello")]
    [TestCase("h[a-b]llo", "hallo hbllo", "hcllo h-llo")]
    [TestCase("h[b-a]llo", "hallo hbllo", "hcllo")]
    [TestCase(@"h\*llo", "h*llo", "hello h\\*llo")]
    [TestCase(@"h\allo", "hallo", "h\\allo")]
    [TestCase("*", "a abc", "")]
    [TestCase("**a**", "a ba ab bab", "b")]
    [TestCase("user:*:name", "user:1:name user::name user:1:x:name", "user:1:names user:name")]
    [TestCase("[abc", "a c", "[abc ab d")]
    [TestCase("[", "", "[ a")]
    [TestCase("[]a", "", "a ]a")]
    [TestCase("[^]a", "xa ]a", "a ^a^")]
    [TestCase(@"[\]]", "]", @"\ \]")]
    [TestCase(@"[\^a]", "^ a", @"\ b")]
    [TestCase("[a^]", "a ^", "b")]
    [TestCase("[a-]", "] ^ _ a", "- b", Description = "The bracket ends the range, and nothing closes the class")]
    [TestCase("[-a]", "- a", "b")]
    [TestCase(@"a\", @"a\", "a a\\\\")]
    [TestCase("a]b", "a]b", "ab")]
    [TestCase("a^b-c", "a^b-c", "abc")]
    public void The_dialect_is_that_of_Redis(string pattern, string matching, string others)
    {
        var glob = new GlobPattern(pattern);

        Assert.Multiple(() =>
        {
            foreach (string key in matching.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                Assert.That(glob.Matches(key), Is.True, key);
            foreach (string key in others.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                Assert.That(glob.Matches(key), Is.False, key);
        });
    }

    [Test]
    public void A_star_matches_nothing_at_all_as_well()
    {
        Assert.That(new GlobPattern("*").Matches(""), Is.True);
        Assert.That(new GlobPattern("a*").Matches("a"), Is.True);
        Assert.That(new GlobPattern("?").Matches(""), Is.False);
    }

    [Test]
    public void Every_pattern_matches_what_the_reference_matches() =>
        Generated.Satisfy(
            from pattern in Patterns from key in Keys select (pattern, key),
            both => new GlobPattern(both.pattern).Matches(both.key) == ReferenceGlob.Matches(Units(both.pattern), Units(both.key)),
            count: 20_000);

    [Test]
    public void On_bytes_the_utf8_form_misses_nothing_and_finds_no_more_where_it_says_so() =>
        Generated.Satisfy(
            from pattern in Patterns from key in Keys select (pattern, key),
            both =>
            {
                var glob = new GlobPattern(both.pattern);
                bool here = glob.Matches(both.key);
                bool onBytes = ReferenceGlob.Matches(Utf8(glob.Utf8Pattern), Utf8(both.key));
                return glob.IsUtf8Exact ? here == onBytes : !here || onBytes;
            },
            count: 20_000);

    [TestCase("user:*", "user:*", true)]
    [TestCase("é*\U0001F600[a-c]", "é*\U0001F600[a-c]", true)]
    [TestCase("a?b", "a?*b", false)]
    [TestCase("a??*b", "a??*b", false)]
    [TestCase("a[^b]", "a?*", false)]
    [TestCase("a[é]b", "a?*b", false)]
    [TestCase(@"\a\*", @"a\*", true)]
    [TestCase(@"[\]]", @"[\]]", true)]
    public void What_may_be_more_than_one_byte_becomes_one_byte_and_a_star(string text, string utf8Pattern, bool isExact)
    {
        var glob = new GlobPattern(text);

        Assert.That(glob.Utf8Pattern, Is.EqualTo(utf8Pattern));
        Assert.That(glob.IsUtf8Exact, Is.EqualTo(isExact));
    }

    [Test]
    public void A_pattern_that_Redis_would_give_up_on_is_widened()
    {
        var glob = new GlobPattern(string.Concat(Enumerable.Repeat("*a", 1001)));

        Assert.That(glob.Utf8Pattern, Is.EqualTo("*"));
        Assert.That(glob.IsUtf8Exact, Is.False);
        Assert.That(glob.Matches(new string('a', 1001)), Is.True);
        Assert.That(glob.Matches(new string('a', 1000)), Is.False);
    }

    [TestCase("user:*:x", "user:", false)]
    [TestCase(@"a\*b", "a*b", true)]
    [TestCase("*", "", false)]
    [TestCase(@"ab\", @"ab\", true)]
    [TestCase("a[b]", "a", false)]
    public void The_literal_prefix_is_what_every_matching_key_begins_with(string text, string prefix, bool isLiteral)
    {
        var glob = new GlobPattern(text);

        Assert.That(glob.LiteralPrefix, Is.EqualTo(prefix));
        Assert.That(glob.IsLiteral, Is.EqualTo(isLiteral));
    }

    [Test]
    public void An_escaped_text_matches_itself_and_nothing_else() =>
        Generated.Satisfy(
            from text in Keys.Where(key => key.Length > 0) from key in Keys select (text, key),
            both =>
            {
                var glob = new GlobPattern(GlobPattern.Escape(both.text));
                return glob.IsLiteral && glob.Matches(both.text) && glob.Matches(both.key) == (both.key == both.text);
            });

    [Test]
    public void A_prefixed_pattern_matches_the_prefix_and_what_the_pattern_matches() =>
        Generated.Satisfy(
            from pattern in Patterns from prefix in Keys from key in Keys select (pattern, prefix, key),
            all =>
            {
                GlobPattern prefixed = new GlobPattern(all.pattern).Prefixed(all.prefix);
                bool expected = ReferenceGlob.Matches(Units(all.pattern), Units(all.key));
                bool withoutPrefix = all.key.StartsWith(all.prefix, StringComparison.Ordinal)
                    && ReferenceGlob.Matches(Units(all.pattern), Units(all.key[all.prefix.Length..]));
                return prefixed.Matches(all.prefix + all.key) == expected && prefixed.Matches(all.key) == withoutPrefix;
            });

    [Test]
    public void Many_stars_do_not_make_matching_slow()
    {
        var glob = new GlobPattern(string.Concat(Enumerable.Repeat("*a", 30)) + "*b");
        string key = new('a', 100_000);

        var watch = Stopwatch.StartNew();
        Assert.That(glob.Matches(key), Is.False);

        // Trying every way to place the stars would take longer than the universe has lasted.
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(1)));
    }

    [Test]
    public void Matching_allocates_nothing()
    {
        var glob = new GlobPattern("user:*:[a-z]?\\*");
        glob.Matches("user:1:xy*");

        long before = GC.GetAllocatedBytesForCurrentThread();
        bool matches = glob.Matches("user:1:xy*");

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Assert.That(matches, Is.True);
    }

    [Test]
    public void No_text_is_no_pattern()
    {
        Assert.That(() => new GlobPattern(null!), Throws.ArgumentNullException);
        Assert.That(() => new GlobPattern(""), Throws.ArgumentException);
    }

    private static int[] Units(string text) => [.. text.Select(c => (int)c)];

    private static int[] Utf8(string text) => [.. Encoding.UTF8.GetBytes(text).Select(b => (int)b)];
}
