using System.Globalization;

namespace HybridTiered.Load.Growth;

/// <summary>
/// Prints costs as a number grows, and judges those that should stay: none may be more than a quarter above the first.
/// </summary>
/// <param name="counted">What grows.</param>
/// <param name="columns">What is measured, with its unit, and whether it should stay.</param>
internal sealed class GrowthTable(string counted, params (string Name, bool ShouldStay)[] columns)
{
    private const double Tolerance = 1.25;

    private readonly List<double[]> _rows = [];

    /// <summary>Prints a row as soon as it is known.</summary>
    public void Add(int count, params double[] values)
    {
        if (_rows.Count == 0)
            Console.WriteLine($"\n{counted,12}  {string.Join("  ", columns.Select(c => c.Name))}");
        _rows.Add(values);
        IEnumerable<string> cells = values.Zip(columns, static (value, column) =>
            value.ToString(value < 100 ? "N2" : "N0", CultureInfo.InvariantCulture).PadLeft(column.Name.Length));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count,12:N0}  {string.Join("  ", cells)}"));
    }

    /// <summary>Prints the verdicts.</summary>
    /// <returns>Whether what should stay has stayed.</returns>
    public bool Judge()
    {
        bool all = true;
        for (int i = 0; i < columns.Length; i++)
        {
            if (!columns[i].ShouldStay)
                continue;
            double growth = _rows.Max(row => row[i]) / _rows[0][i];
            bool stays = growth <= Tolerance;
            all &= stays;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{columns[i].Name.Trim()}: at most {growth:F2} times the first, limit {Tolerance:F2}  {(stays ? "ok" : "SHORT")}"));
        }
        return all;
    }
}
