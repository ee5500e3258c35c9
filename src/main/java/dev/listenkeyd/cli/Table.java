package dev.listenkeyd.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Rows of aligned cells under a heading. */
final class Table {
    private static final String GAP = "  ";

    private final Column[] columns;
    private final List<List<String>> rows = new ArrayList<>();

    /** @param most longest width; longer texts are cut */
    record Column(String heading, int most) {}

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
        int[] widths = new int[columns.length];
        List<String> headings = new ArrayList<>();
        for (int i = 0; i < columns.length; i++) {
            int column = i;
            headings.add(columns[i].heading());
            widths[i] = Math.max(
                    columns[i].heading().length(),
                    rows.stream()
                            .mapToInt(row -> row.get(column)
                                    .codePointCount(0, row.get(column).length()))
                            .max()
                            .orElse(0));
        }
        out.println(line(headings, widths, new Colours(false)));
        for (List<String> row : rows) {
            out.println(line(row, widths, colours));
        }
    }

    private static String line(List<String> cells, int[] widths, Colours colours) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String cell = cells.get(i);
            boolean last = i == widths.length - 1;
            line.append(i == 0 ? "" : GAP).append(colours.of(cell, last ? cell : DisplayText.pad(cell, widths[i])));
        }
        return line.toString().stripTrailing();
    }
}
