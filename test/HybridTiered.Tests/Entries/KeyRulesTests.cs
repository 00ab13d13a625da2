using HybridTiered.Entries;

namespace HybridTiered.Tests.Entries;

[TestFixture, Category("Unit")]
public sealed class KeyRulesTests
{
    [TestCase("k", ExpectedResult = KeyDefect.None)]
    [TestCase("user 1", ExpectedResult = KeyDefect.None)]
    [TestCase("12345678", ExpectedResult = KeyDefect.None)]
    [TestCase("\u0080\u007f", ExpectedResult = KeyDefect.None)]
    [TestCase("123456789", ExpectedResult = KeyDefect.TooLong)]
    [TestCase("", ExpectedResult = KeyDefect.Blank)]
    [TestCase(" \t", ExpectedResult = KeyDefect.Blank)]
    [TestCase("a\u001f", ExpectedResult = KeyDefect.ControlCharacter)]
    [TestCase("\0a", ExpectedResult = KeyDefect.ControlCharacter)]
    [TestCase("a\nb", ExpectedResult = KeyDefect.ControlCharacter)]
    public object A_key_is_checked_for_what_keeps_it_from_being_cached(string key) => KeyRules.Check(key, 8);

    [TestCase("", ExpectedResult = true)]
    [TestCase("plain", ExpectedResult = true)]
    [TestCase("é語\U0001F600", ExpectedResult = true)]
    [TestCase("\U0001F600\U0001F600", ExpectedResult = true)]
    public bool Text_with_a_utf8_form_is_well_formed(string text) => KeyRules.IsWellFormed(text);

    // Not as test cases: adapters write names of test cases as UTF-8.
    [Test]
    public void Half_a_surrogate_pair_is_malformed_wherever_it_stands()
    {
        string[] malformed =
        [
            "\uD83D", "\uDE00", "a\uD83D", "\uDE00a", "\uD83Da", "\uDE00\uD83D", "\uD83D\uD83D\uDE00", "\U0001F600\uDE00",
        ];
        Assert.Multiple(() =>
        {
            foreach (string text in malformed)
                Assert.That(KeyRules.IsWellFormed(text), Is.False, string.Join(' ', text.Select(c => ((int)c).ToString("X4"))));
        });
    }
}
