namespace HybridTiered.Samples.Tests;

/// <summary>Runs a sample as its command line does.</summary>
internal static class Run
{
    /// <summary>What it prints, line by line.</summary>
    public static async Task<string[]> SampleAsync(params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var errors = new StringWriter();
        int code = await Tour.Samples.RunAsync(arguments, TextWriter.Synchronized(output), errors).WaitAsync(TimeSpan.FromMinutes(1));
        Assert.That((code, errors.ToString()), Is.EqualTo((0, "")));
        return output.ToString().ReplaceLineEndings("\n").TrimEnd().Split('\n');
    }
}
