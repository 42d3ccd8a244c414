using Spectre.Console;

namespace DrmHub.Host.Commands;

/// <summary>Tables of names and values on standard output.</summary>
internal static class ReportTable
{
    /// <summary>Wide enough that nothing is wrapped where the output goes to a file or another program.</summary>
    private const int FileWidth = 4096;

    public static IAnsiConsole Console()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(System.Console.Out) });
        if (System.Console.IsOutputRedirected) console.Profile.Width = FileWidth;
        return console;
    }

    /// <summary>Rows without a value are left out.</summary>
    public static void Write(IAnsiConsole console, string title, IEnumerable<(string Name, string? Value)> rows)
    {
        console.WriteLine(Clean(title));
        var table = new Table { Border = TableBorder.Rounded, ShowHeaders = false };
        table.AddColumns("", "");
        foreach (var (name, value) in rows)
        {
            if (value is not null) table.AddRow(new Text(name), new Text(Clean(value)));
        }

        console.Write(table);
    }

    /// <summary>What a file says must not reach the terminal as a control sequence.</summary>
    private static string Clean(string value) => string.Concat(value.Select(c => char.IsControl(c) ? '\uFFFD' : c));
}
