using HybridTiered.Docs.Tests.Markdown;

namespace HybridTiered.Docs.Tests.Pages;

/// <summary>Links lead to files and headings that are there.</summary>
[TestFixture, Category("Unit")]
public sealed class LinkTests
{
    private static IEnumerable<MarkdownPage> Pages => Repository.Pages;

    [TestCaseSource(nameof(Pages))]
    public void The_links_of_a_page_lead_somewhere(object page) =>
        Assert.That(((MarkdownPage)page).Links.Where(link => !IsElsewhere(link.Target)).Select(Broken).OfType<string>(), Is.Empty);

    [Test]
    public void Every_page_can_be_reached_from_the_first()
    {
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var next = new Queue<string>(["README.md"]);
        while (next.TryDequeue(out string? path))
        {
            if (!reached.Add(path) || Repository.Pages.FirstOrDefault(page => page.Path == path) is not { } page)
                continue;
            foreach (Link link in page.Links.Where(link => !IsElsewhere(link.Target)))
                next.Enqueue(Resolve(link).File);
        }

        Assert.That(Repository.Pages.Select(page => page.Path).Where(path => !reached.Contains(path)), Is.Empty);
    }

    private static string? Broken(Link link)
    {
        (string file, string? anchor) = Resolve(link);
        if (!Repository.Exists(file))
            return $"{link}: there is no {file}";
        if (anchor is null)
            return null;
        MarkdownPage? page = Repository.Pages.FirstOrDefault(page => page.Path == file);
        return page?.Anchors.Contains(anchor) == true ? null : $"{link}: {file} has no heading {anchor}";
    }

    private static (string File, string? Anchor) Resolve(Link link)
    {
        string[] parts = link.Target.Split('#', 2);
        string folder = Path.GetDirectoryName(Repository.PathOf(link.Page))!;
        string file = parts[0].Length == 0 ? Repository.PathOf(link.Page) : Path.GetFullPath(Path.Combine(folder, Uri.UnescapeDataString(parts[0])));
        return (Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'), parts.Length > 1 ? parts[1] : null);
    }

    private static bool IsElsewhere(string target) =>
        target.StartsWith("https://", StringComparison.Ordinal) || target.StartsWith("http://", StringComparison.Ordinal) || target.StartsWith("mailto:", StringComparison.Ordinal);
}
