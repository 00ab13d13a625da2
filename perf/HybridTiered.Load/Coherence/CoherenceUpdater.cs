using HybridTiered.Chain;

namespace HybridTiered.Load.Coherence;

/// <summary>Changes the source and invalidates, in every way there is, and reads what it changed right after.</summary>
internal sealed class CoherenceUpdater(
    TieredCache cache, SharedBoard board, CoherenceKeys keys, CoherenceChecker checker, CoherenceReader reader, UnsettledUpdates unsettled, Random random)
{
    private const int MostKeys = 3;

    private static readonly UpdateKind[] Kinds = Enum.GetValues<UpdateKind>();

    private readonly List<(int Key, long Version)> _changed = [];

    public async Task UpdateAsync(CoherenceTally tally, CancellationToken cancellationToken)
    {
        UpdateKind kind = Kinds[random.Next(Kinds.Length)];
        Change(kind);
        if (_changed.Count == 0)
            return;
        tally.Updates += _changed.Count;
        bool complete = await TryInvalidateAsync(kind);
        foreach ((int key, long version) in _changed)
        {
            checker.NoteInvalidated(key, version);
            bool isLocked = CoherenceKeys.IsSet(key);
            if (!complete)
                unsettled.Add(key, version, isLocked);
            else
                board.MakeComplete(key, version);
            if (complete && isLocked)
                board.Unlock(key);
        }
        if (!complete)
            tally.IncompleteUpdates += _changed.Count;
        foreach ((int key, _) in _changed)
            await reader.ReadAsync(key, tally, cancellationToken);
    }

    private void Change(UpdateKind kind)
    {
        _changed.Clear();
        int first = keys.Any(random);
        if (kind is UpdateKind.Set or UpdateKind.Push)
            first -= first % 4;
        int count = kind is UpdateKind.Key or UpdateKind.Set or UpdateKind.Push ? 1 : 1 + random.Next(MostKeys);
        for (int i = 0; i < count; i++)
        {
            int key = i == 0 ? first : kind switch
            {
                UpdateKind.Tag => keys.SameTag(first, random),
                UpdateKind.Pattern => keys.SameGroup(first, random),
                _ => keys.Any(random),
            };
            if (!_changed.Exists(c => c.Key == key) && (!CoherenceKeys.IsSet(key) || board.TryLock(key)))
                _changed.Add((key, board.Change(key)));
        }
    }

    // What the caller is not told by a set is looked up: whether anything is still to be done.
    private async ValueTask<bool> TryInvalidateAsync(UpdateKind kind)
    {
        (int key, long version) = _changed[0];
        try
        {
            switch (kind)
            {
                case UpdateKind.Key:
                    await cache.RemoveAsync(keys[key]);
                    return true;
                case UpdateKind.Keys:
                    await cache.RemoveAsync(_changed.Select(changed => keys[changed.Key]));
                    return true;
                case UpdateKind.Tag:
                    await cache.RemoveByTagAsync(keys.TagsOf(key)[0]);
                    return true;
                case UpdateKind.Pattern:
                    await cache.RemoveByPatternAsync(CoherenceKeys.PatternOf(key));
                    return true;
                case UpdateKind.Set:
                    await cache.SetAsync(keys[key], CoherenceKeys.ValueOf(key, version), CoherenceReader.Options, keys.TagsOf(key));
                    break;
                default:
                    await cache.UpdateAsync(keys[key], CoherenceKeys.ValueOf(key, version), CoherenceReader.Options, keys.TagsOf(key));
                    break;
            }
        }
        catch (InvalidationIncompleteException)
        {
            return false;
        }
        catch (InvalidOperationException) when (kind is UpdateKind.Set or UpdateKind.Push)
        {
            // No tier took the value; the old one is invalidated.
            return false;
        }
        return UnsettledUpdates.IsIdle(cache.GetStatistics());
    }
}
