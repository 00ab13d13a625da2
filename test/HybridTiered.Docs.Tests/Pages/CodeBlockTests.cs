using HybridTiered.Docs.Tests.Markdown;

namespace HybridTiered.Docs.Tests.Pages;

/// <summary>Every line of C# on a page has been compiled, to the letter.</summary>
[TestFixture, Category("Unit")]
public sealed class CodeBlockTests
{
    private static IEnumerable<CodeBlock> CSharp => Repository.Pages.SelectMany(page => page.Blocks).Where(block => block.Language is "csharp" or "cs" or "c#");

    [TestCaseSource(nameof(CSharp))]
    public void A_block_stands_in_a_source_file_as_it_stands_on_its_page(object block)
    {
        var shown = (CodeBlock)block;

        Assert.That(Parts(shown).Except(SourceRegion.All.Select(region => region.Text)), Is.Empty,
            $"No region in docs/snippets (nor file of a sample) holds exactly this part of {shown}. Put it between #region and #endregion of the file for its page.");
    }

    [Test]
    public void A_region_of_the_snippets_is_shown_by_some_page()
    {
        HashSet<string> shown = [.. CSharp.SelectMany(Parts)];

        Assert.That(SourceRegion.All.Where(region => region.IsSnippet && !shown.Contains(region.Text)).Select(region => region.Source), Is.Empty);
    }

    [Test]
    public void A_block_says_in_which_language_it_is_written_or_that_it_is_in_none()
    {
        string[] known = ["csharp", "json", "sh", "xml", "mermaid", "promql", "rust", "text", ""];

        Assert.That(Repository.Pages.SelectMany(page => page.Blocks).Where(block => !known.Contains(block.Language)), Is.Empty);
        Assert.That(Repository.Pages.Where(page => !page.IsClosed), Is.Empty, "a fence was not closed");
    }

    // A line of three dots says that a page leaves something out between two parts.
    private static string[] Parts(CodeBlock block) => [.. block.Text.Split("\n...\n").Select(part => part.TrimEnd('\n') + "\n")];
}
