// Most of a scenario is waiting.
[assembly: Parallelizable(ParallelScope.All)]
[assembly: LevelOfParallelism(3)]
