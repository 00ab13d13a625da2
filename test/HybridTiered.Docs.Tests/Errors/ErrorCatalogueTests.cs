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

    private static readonly string[] Sources = [.. Repository.Sources("src", "*.cs").Select(File.ReadAllText)];

    private static readonly Assembly[] Packages =
    [
        .. Directory.GetDirectories(Repository.PathOf("src")).Select(folder => Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, Path.GetFileName(folder) + ".dll"))),
    ];

    [Test]
    public void Every_exception_stands_on_the_page()
    {
        IEnumerable<string> inCode = Packages.SelectMany(package => package.GetExportedTypes()).Where(type => typeof(Exception).IsAssignableFrom(type)).Select(type => type.Name);

        Assert.That(FirstCells("## Exceptions", "Others come from .NET"), Is.EquivalentTo(inCode));
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
    public void Every_type_of_exception_that_is_thrown_stands_on_the_page()
    {
        IEnumerable<string> thrown = Sources.SelectMany(source => Thrown.Matches(source)).Select(match => match.Groups["type"].Value).Distinct();

        Assert.That(thrown.Where(type => !Page.Contains($"`{type}`", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void Every_message_of_an_exception_stands_on_the_page()
    {
        // Those of the packages' own types are explained with the type.
        string[] messages = [.. Sources.SelectMany(source => Message.Matches(source)).Where(match => !match.Groups["type"].Value.StartsWith("Memcached", StringComparison.Ordinal)
            && match.Groups["type"].Value is not ("EntryTooLargeException" or "InvalidationIncompleteException")).Select(match => match.Groups["text"].Value)];

        Assert.That(messages, Has.Length.GreaterThan(40), "the messages were not found");
        Assert.That(messages.Where(message => !StartsOnPage(message)), Is.Empty);
    }

    [TestCase("The factory of cache key '{key}' asks the cache for the same key. More.", true)]
    [TestCase("The factory of cache key '{key}' asks the cache for another key.", false)]
    public void A_message_that_is_not_there_is_found(string message, bool there) =>
        Assert.That(StartsOnPage(message), Is.EqualTo(there));

    [Test]
    public void Every_row_says_what_it_means_and_what_to_do()
    {
        string[] incomplete = [.. Page.Split('\n').Where(line => line.StartsWith('|') && line.Split(" | ").Skip(1).Any(cell => cell.Trim(' ', '|').Length == 0))];

        Assert.That(incomplete, Is.Empty);
    }

    // A page need not repeat what a message says after its first statement: the cure is in the last column.
    private static bool StartsOnPage(string message) =>
        Page.ReplaceLineEndings(" ").Contains(FirstStatement.Match(Hole.Replace(message, "...")).Value.TrimEnd('.', ' ', ';', ':'), StringComparison.Ordinal);

    private static IEnumerable<string> FirstCells(string from, string? to)
    {
        int start = Page.IndexOf(from, StringComparison.Ordinal);
        string section = to is null ? Page[start..] : Page[start..Page.IndexOf(to, start, StringComparison.Ordinal)];
        return FirstCell.Matches(section).Select(match => match.Groups["cell"].Value).Where(cell => cell is not ("id" or "exception"));
    }

    [GeneratedRegex(@"\b(new (?<type>\w+Exception)\(|(?<type>\w+Exception)\.ThrowIf|(?<type>\w+Exception) \w+\([^)]*\) => new\()", RegexOptions.ExplicitCapture)]
    private static partial Regex Thrown { get; }

    [GeneratedRegex(@"\b(new (?<type>\w+Exception)\(|(?<type>\w+Exception) \w+\([^)]*\) => new\()[^;""]*""(?<text>[^""]+)""", RegexOptions.ExplicitCapture)]
    private static partial Regex Message { get; }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Hole { get; }

    [GeneratedRegex(@"^.*?([.;:](?=\s)|$)", RegexOptions.ExplicitCapture)]
    private static partial Regex FirstStatement { get; }

    [GeneratedRegex(@"^\| `?(?<cell>[A-Za-z0-9]+)`? \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex FirstCell { get; }
}
