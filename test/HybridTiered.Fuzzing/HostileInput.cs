using NUnit.Framework;

namespace HybridTiered.Fuzzing;

/// <summary>Gives a reader very many hostile inputs, each reproducible by seed and number, and bounds what one may allocate.</summary>
public static class HostileInput
{
    /// <summary>Cases of every run.</summary>
    public const int Few = 20_000;

    /// <summary>Cases of a run of category Slow.</summary>
    public const int Million = 1_000_000;

    private const int Seed = 20261121;

    /// <summary>Reads hostile bytes.</summary>
    /// <param name="cases">How many.</param>
    /// <param name="valid">What they are made from.</param>
    /// <param name="read">Reads one input, which must not throw, and says whether it was taken for valid; fails the test when it was taken for something that was never written.</param>
    /// <param name="allowed">The bytes that reading an input of so many bytes may allocate.</param>
    public static void Run(int cases, IReadOnlyList<byte[]> valid, Func<byte[], bool, bool> read, Func<int, long> allowed)
    {
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(allowed);
        byte[] input = [];
        Run(
            cases,
            random =>
            {
                (input, bool isWhole) = Damage.Make(random, valid);
                return () => read(input, isWhole);
            },
            () => allowed(input.Length),
            () => Convert.ToHexString(input));
    }

    /// <summary>Runs prepared cases.</summary>
    /// <param name="cases">How many.</param>
    /// <param name="prepare">Prepares a case, and returns what reads it; only the reading is measured.</param>
    /// <param name="allowed">The bytes that reading the prepared case may allocate.</param>
    /// <param name="describe">Shows the prepared case when it has failed.</param>
    public static void Run(int cases, Func<Random, Func<bool>> prepare, Func<long> allowed, Func<string> describe)
    {
        ArgumentNullException.ThrowIfNull(prepare);
        ArgumentNullException.ThrowIfNull(allowed);
        ArgumentNullException.ThrowIfNull(describe);
        int taken = 0;
        long most = 0;
        for (int number = 0; number < cases; number++)
        {
            // Each case from its own seed: one can be run without those before it.
            Func<bool> read = prepare(new Random(Seed + number));
            try
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                taken += read() ? 1 : 0;
                long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                most = Math.Max(most, allocated);
                if (allocated > allowed())
                    Assert.Fail($"It allocates {allocated} bytes, of {allowed()} allowed.");
            }
            catch (Exception fault)
            {
                throw new AssertionException($"Seed {Seed}, case {number}: {fault.Message}\n{describe()}", fault);
            }
        }
        TestContext.Out.WriteLine($"{cases} cases from seed {Seed}: {taken} taken for valid, at most {most} bytes allocated for one");
        // Neither is the damage always found nor never: otherwise this would test nothing.
        Assert.That(taken, Is.InRange(cases / 100, cases - (cases / 100)));
    }
}
