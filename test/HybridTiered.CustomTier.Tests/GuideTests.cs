using System.Text.RegularExpressions;
using CustomTier;
using HybridTiered.Configuration;
using HybridTiered.Tests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.CustomTier.Tests;

/// <summary>What the guide shows is what is compiled and tested.</summary>
[TestFixture, Category("Unit")]
public sealed partial class GuideTests
{
    [TestCase("docs/samples/CustomTier/FolderTier.cs")]
    [TestCase("docs/samples/CustomTier/FolderBuilderExtensions.cs")]
    [TestCase("test/HybridTiered.CustomTier.Tests/FolderTierConformance.cs")]
    public void The_guide_shows_the_source_to_the_letter(string source)
    {
        string guide = Read("docs/guides/custom-tier.md");

        Assert.That(CodeBlock.Matches(guide).Select(m => m.Groups["code"].Value), Has.Some.EqualTo(Read(source)));
    }

    [Test]
    public async Task A_cache_with_the_folder_finds_what_another_has_computed()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("folder-tier-");
        try
        {
            foreach (int level in new[] { 0, 2 })
            {
                await using ServiceProvider services = new ServiceCollection()
                    .AddHybridTiered(cache => cache.AddMemory().AddFolder(folder.FullName, o => o.CopyFrom(TierOptions.L2)))
                    .BuildServiceProvider();
                CacheResult<string> result = await services.GetRequiredService<ITieredCache>()
                    .GetOrCreateResultAsync("k", 0, static (_, _) => new ValueTask<string>("v"));
                Assert.That((result.Value, result.Level), Is.EqualTo(("v", level)));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Test]
    public void The_tier_has_fewer_than_a_hundred_lines() =>
        Assert.That(Read("docs/samples/CustomTier/FolderTier.cs").TrimEnd().Split('\n'), Has.Length.LessThan(100));

    [GeneratedRegex("^```csharp\n(?<code>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex CodeBlock { get; }

    private static string Read(string path) => File.ReadAllText(Path.Combine(RepositoryRoot.Path, path)).ReplaceLineEndings("\n");
}
