using System.Text.RegularExpressions;
using HybridTiered.Docs.Tests.Markdown;

namespace HybridTiered.Docs.Tests.Pages;

/// <summary>Commands on a page name files, projects, verbs and categories that are there.</summary>
[TestFixture, Category("Unit")]
public sealed partial class CommandTests
{
    // Programs of others, of which the pages use nothing that could go out of date with this repository.
    private static readonly string[] Foreign = ["git", "curl", "redis-cli", "redis-server", "memcached", "kill"];

    private static readonly string[] Packages = [.. Directory.GetDirectories(Repository.PathOf("src")).Select(folder => Path.GetFileName(folder)!)];

    private static readonly HashSet<string> Categories =
        [.. Repository.Sources("test", "*.cs").SelectMany(path => CategoryPattern.Matches(File.ReadAllText(path))).Select(match => match.Groups["name"].Value)];

    private static IEnumerable<CodeBlock> Commands =>
        Repository.Pages.SelectMany(page => page.Blocks).Where(block => block.Language == "sh")
            .SelectMany(block => block.Text.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => block with { Text = line }))
            .Concat(Repository.Pages.SelectMany(page => page.InlineCodes)
                .Where(code => code.Text.StartsWith("dotnet run ", StringComparison.Ordinal) || code.Text.StartsWith("dotnet test", StringComparison.Ordinal)
                    || code.Text.StartsWith("test/run.sh", StringComparison.Ordinal)));

    [Test]
    public void Every_command_can_be_given_as_it_stands() =>
        Assert.That(Commands.Select(command => (command, Mistake: FindMistake(command.Text))).Where(found => found.Mistake is not null)
            .Select(found => $"{found.command}: {found.Mistake}"), Is.Empty);

    [TestCase("dotnet run --project perf/HybridTiered.Load -- nosuchverb", "nosuchverb")]
    [TestCase("dotnet run --project docs/samples/Nowhere", "Nowhere")]
    [TestCase("dotnet add package HybridTiered.Nothing", "HybridTiered.Nothing")]
    [TestCase("test/run.sh --filter 'Category=Unit|Category=Imaginary'", "Imaginary")]
    [TestCase("test/nothing.sh", "test/nothing.sh")]
    public void A_mistake_is_found(string command, string named) =>
        Assert.That(FindMistake(command), Does.Contain(named));

    [Test]
    public void The_two_commands_that_everything_starts_with_are_in_the_README()
    {
        string[] lines = [.. Repository.Pages.Single(page => page.Path == "README.md").Blocks.SelectMany(block => block.Text.Split('\n'))];

        Assert.That(lines, Does.Contain("dotnet run -c Release --project docs/samples/Storefront").And.Contain("test/run.sh"));
    }

    private static string? FindMistake(string command)
    {
        string[] words = [.. Word.Matches(command.Replace("\\|", "|", StringComparison.Ordinal)).Select(match => match.Value.Trim('\''))];
        string? category = CategoryInFilter.Matches(command).Select(match => match.Groups["name"].Value).FirstOrDefault(name => name != "None" && !Categories.Contains(name));
        if (category is not null)
            return $"no test has the category {category}";
        words = [.. words.SkipWhile(word => Variable.IsMatch(word))];
        return words switch
        {
            ["dotnet", "run", ..] => OfRun(words),
            ["dotnet", "add", "package", string package, ..] => Packages.Contains(package) ? null : $"there is no package {package}",
            ["dotnet", "build" or "test" or "pack" or "format", ..] => words.Skip(2).TakeWhile(word => word[0] != '-').FirstOrDefault(word => !Repository.Exists(word)) is { } missing
                ? $"there is no {missing}" : null,
            ["dotnet", ..] => null,
            [string program, ..] when Foreign.Contains(program) => null,
            [string file, ..] => File.Exists(Repository.PathOf(file)) ? null : $"there is no program {file}",
            [] => null,
        };
    }

    private static string? OfRun(string[] words)
    {
        int at = Array.IndexOf(words, "--project");
        if (at < 0 || at + 1 == words.Length)
            return "it names no --project";
        string project = words[at + 1];
        if (!Directory.Exists(Repository.PathOf(project)) || Directory.GetFiles(Repository.PathOf(project), "*.csproj").Length != 1)
            return $"there is no project {project}";
        int separator = Array.IndexOf(words, "--");
        string? verb = separator >= 0 && separator + 1 < words.Length && words[separator + 1][0] != '-' ? words[separator + 1] : null;
        return verb is null || Repository.Sources(project, "*.cs").Any(path => File.ReadAllText(path).Contains($"\"{verb}\"", StringComparison.Ordinal))
            ? null
            : $"{project} knows no {verb}";
    }

    [GeneratedRegex("'[^']*'|[^ ]+")]
    private static partial Regex Word { get; }

    [GeneratedRegex("Category\\(\"(?<name>\\w+)\"\\)", RegexOptions.ExplicitCapture)]
    private static partial Regex CategoryPattern { get; }

    [GeneratedRegex("Category!?=(?<name>\\w+)", RegexOptions.ExplicitCapture)]
    private static partial Regex CategoryInFilter { get; }

    [GeneratedRegex("^[A-Z_]+=")]
    private static partial Regex Variable { get; }
}
