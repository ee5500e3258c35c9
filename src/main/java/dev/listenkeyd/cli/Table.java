package dev.listenkeyd.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Rows of aligned cells under a heading. */
final class Table {
    private static final String GAP = "  ";

    private final Column[] columns;
    private final List<List<String>> rows = new ArrayList<>();

    /**
     * @param most longest width; longer texts are cut
     * @param optional whether it is left out while no row has a text in it
     */
    record Column(String heading, int most, boolean optional) {
        Column(String heading, int most) {
            this(heading, most, false);
        }
    }

    Table(Column... columns) {
        this.columns = columns;
    }

    /** @param cells as many as there are columns, of any content */
    void add(String... cells) {
        List<String> row = new ArrayList<>();
        for (int i = 0; i < columns.length; i++) {
            row.add(DisplayText.cut(DisplayText.line(cells[i]), columns[i].most()));
        }
        rows.add(row);
    }

    void print(PrintStream out, Colours colours) {
        int[] shown = IntStream.range(0, columns.length)
                .filter(column -> !columns[column].optional()
                        || rows.stream().anyMatch(row -> !row.get(column).isEmpty()))
                .toArray();
        List<String> headings = Stream.of(columns).map(Column::heading).toList();
        int[] widths = IntStream.range(0, columns.length)
                .map(column -> Stream.concat(Stream.of(headings), rows.stream())
                        .map(row -> row.get(column))
                        .mapToInt(cell -> cell.codePointCount(0, cell.length()))
                        .max()
                        .orElse(0))
                .toArray();
        out.println(line(headings, shown, widths, new Colours(false)));
        for (List<String> row : rows) {
            out.println(line(row, shown, widths, colours));
        }
    }

    private static String line(List<String> cells, int[] shown, int[] widths, Colours colours) {
        StringBuilder line = new StringBuilder();
        for (int column : shown) {
            String cell = cells.get(column);
            line.append(line.isEmpty() ? "" : GAP).append(colours.of(cell, DisplayText.pad(cell, widths[column])));
        }
        return line.toString().stripTrailing();
    }
}
