using CustomTier;
using HybridTiered.Configuration;

namespace HybridTiered.Snippets.CustomTierGuide;

public static class Registration
{
    public static void Register(WebApplicationBuilder builder)
    {
        #region register
        builder.Services.AddHybridTiered(cache => cache.AddMemory().AddFolder("/mnt/share/cache", o => o.CopyFrom(TierOptions.L3)));
        #endregion
    }
}
