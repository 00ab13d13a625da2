using System.ComponentModel;
using HybridTiered;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace Tour;

/// <summary>A repository that caches typed rows: one row by key, a list by tag, many rows in one query.</summary>
internal static class DatabaseCaching
{
    public static async Task RunAsync(TextWriter output, string? redis)
    {
        await using ServiceProvider services = new ServiceCollection()
            .AddHybridTiered(cache => cache.AddMemory())
            .AddSingleton(new Database(output))
            .AddSingleton<Users>()
            .BuildServiceProvider();
        Users users = services.GetRequiredService<Users>();

        await output.WriteLineAsync($"user 1: {await users.FindAsync(1)}");
        await output.WriteLineAsync($"again: {await users.FindAsync(1)}");
        await output.WriteLineAsync($"nobody: {(await users.FindAsync(99))?.Name ?? "is not there, which is remembered"}");
        await users.FindAsync(99);
        await output.WriteLineAsync($"1, 2 and 3: {string.Join(", ", (await users.FindManyAsync([1, 2, 3])).Select(user => user.Name))}");
        await output.WriteLineAsync($"in Oslo: {await users.CountInAsync("Oslo")}");
        await users.SaveAsync(new User(1, "Ada", "Oslo"));
        await output.WriteLineAsync($"user 1 after she has moved: {await users.FindAsync(1)}");
        await output.WriteLineAsync($"in Oslo: {await users.CountInAsync("Oslo")}");
    }

    /// <summary>A row. Nobody can change one, so all callers get the same instance.</summary>
    [ImmutableObject(true)]
    internal sealed record User(int Id, string Name, string City);

    internal sealed class Users(HybridCache cache, ITieredCache tiered, Database database)
    {
        public ValueTask<User?> FindAsync(int id) => cache.GetOrCreateAsync(Key(id), (database, id), static (source, _) => source.database.Find(source.id), CacheStrategy.MediumTerm);

        public async Task<IReadOnlyCollection<User>> FindManyAsync(int[] ids)
        {
            IReadOnlyDictionary<string, User> found = await tiered.GetOrCreateManyAsync(ids.Select(Key), (missing, _) => database.FindMany(missing), CacheStrategy.MediumTerm);
            return [.. found.Values.OrderBy(user => user.Id)];
        }

        public ValueTask<int> CountInAsync(string city) =>
            cache.GetOrCreateAsync($"users-in:{city}", (database, city), static (source, _) => source.database.CountIn(source.city), CacheStrategy.ShortTerm, ["users"]);

        // The database first, then the cache.
        public async Task SaveAsync(User user)
        {
            database.Save(user);
            await cache.RemoveAsync(Key(user.Id));
            await cache.RemoveByTagAsync("users");
        }

        private static string Key(int id) => $"user:{id}";
    }

    /// <summary>Stands for a database, and tells of each query.</summary>
    internal sealed class Database(TextWriter output)
    {
        private readonly Dictionary<int, User> _users = new User[] { new(1, "Ada", "Bergen"), new(2, "Bo", "Oslo"), new(3, "Cy", "Rome") }.ToDictionary(user => user.Id);

        public async ValueTask<User?> Find(int id)
        {
            await output.WriteLineAsync($"  (query: user {id})");
            return _users.GetValueOrDefault(id);
        }

        public async ValueTask<IReadOnlyDictionary<string, User>> FindMany(IReadOnlyList<string> keys)
        {
            await output.WriteLineAsync($"  (query: {string.Join(" and ", keys)})");
            return _users.Values.Where(user => keys.Contains($"user:{user.Id}")).ToDictionary(user => $"user:{user.Id}");
        }

        public async ValueTask<int> CountIn(string city)
        {
            await output.WriteLineAsync($"  (query: how many in {city})");
            return _users.Values.Count(user => user.City == city);
        }

        public void Save(User user) => _users[user.Id] = user;
    }
}
