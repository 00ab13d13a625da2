using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace HybridTiered.Serialization;

/// <summary>The two ways in which JSON options come by reflection. Neither may be taken unless <see cref="IsEnabled"/>.</summary>
internal static class ReflectionJson
{
    private const string OnlyIfEnabled =
        "Reached only where JsonSerializer.IsReflectionEnabledByDefault is true. In applications published trimmed or ahead of time it is "
        + "false, unless their author turned it on and answers for it, as for any other use of JsonSerializer.";

    public static bool IsEnabled => JsonSerializer.IsReflectionEnabledByDefault;

    public static JsonSerializerOptions Default
    {
        [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = OnlyIfEnabled)]
        [UnconditionalSuppressMessage("AOT", "IL3050", Justification = OnlyIfEnabled)]
        get => JsonSerializerOptions.Default;
    }

    /// <summary>Gives options without a resolver the one that <see cref="JsonSerializer"/> would give them on first use.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = OnlyIfEnabled)]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = OnlyIfEnabled)]
    public static void AddTo(JsonSerializerOptions options) => options.MakeReadOnly(populateMissingResolver: true);
}
