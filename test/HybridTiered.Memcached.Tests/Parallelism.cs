// The suites on real servers wait most of the time, each on a server of its own.
[assembly: LevelOfParallelism(16)]
