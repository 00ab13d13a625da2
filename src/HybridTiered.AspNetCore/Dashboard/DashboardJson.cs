using System.Text.Json.Serialization;
using HybridTiered.Inspection;

namespace HybridTiered.AspNetCore.Dashboard;

/// <summary>How the dashboard and its page talk.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, Converters = [typeof(SecondsConverter)])]
[JsonSerializable(typeof(DashboardSnapshot))]
[JsonSerializable(typeof(IReadOnlyList<DashboardInvalidation>))]
[JsonSerializable(typeof(IReadOnlyList<FoundEntry>))]
[JsonSerializable(typeof(DashboardLookup))]
[JsonSerializable(typeof(DashboardRemoval))]
[JsonSerializable(typeof(DashboardAnswer))]
internal sealed partial class DashboardJson : JsonSerializerContext;
