using System.Reflection;
using System.Text.RegularExpressions;
using HybridTiered.Docs.Tests.Markdown;
using Microsoft.Extensions.Logging;

namespace HybridTiered.Docs.Tests.Errors;

/// <summary>docs/errors.md lists every exception and every log message of the packages, and nothing that is not there.</summary>
[TestFixture, Category("Unit")]
public sealed partial class ErrorCatalogueTests
{
    private static readonly string Page = Repository.Read("docs/errors.md");

    private static readonly Assembly[] Packages =
    [
        .. Directory.GetDirectories(Repository.PathOf("src")).Select(folder => Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, Path.GetFileName(folder) + ".dll"))),
    ];

    [Test]
    public void Every_exception_stands_on_the_page()
    {
        IEnumerable<string> inCode = Packages.SelectMany(package => package.GetExportedTypes()).Where(type => typeof(Exception).IsAssignableFrom(type)).Select(type => type.Name);

        Assert.That(FirstCells("## Exceptions", "Others come from"), Is.EquivalentTo(inCode));
    }

    [Test]
    public void Every_log_message_stands_on_the_page()
    {
        IEnumerable<string> inCode =
            from package in Packages
            from type in package.GetTypes()
            from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            let message = method.GetCustomAttribute<LoggerMessageAttribute>()
            where message is not null
            select $"{message.EventId}";

        Assert.That(FirstCells("## Log messages", null), Is.EquivalentTo(inCode));
    }

    [Test]
    public void Every_row_says_what_it_means_and_what_to_do()
    {
        string[] incomplete = [.. Page.Split('\n').Where(line => line.StartsWith('|') && line.Split(" | ").Any(cell => cell.Trim(' ', '|').Length == 0))];

        Assert.That(incomplete, Is.Empty);
    }

    private static IEnumerable<string> FirstCells(string from, string? to)
    {
        int start = Page.IndexOf(from, StringComparison.Ordinal);
        string section = to is null ? Page[start..] : Page[start..Page.IndexOf(to, start, StringComparison.Ordinal)];
        return FirstCell.Matches(section).Select(match => match.Groups["cell"].Value).Where(cell => cell is not ("id" or "exception"));
    }

    [GeneratedRegex(@"^\| `?(?<cell>[A-Za-z0-9]+)`? \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex FirstCell { get; }
}
