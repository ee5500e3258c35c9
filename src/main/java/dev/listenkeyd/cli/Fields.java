package dev.listenkeyd.cli;

import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Names and texts, one below the other. A long text continues below itself. */
final class Fields {
    private static final int WIDTH = 100;

    private final Map<String, String> texts = new LinkedHashMap<>();

    /** @param text of any content; a field without text is left out */
    Fields add(String name, String text) {
        if (!text.isEmpty()) {
            texts.put(name, DisplayText.line(text));
        }
        return this;
    }

    void print(PrintStream out, Colours colours) {
        int width = texts.keySet().stream().mapToInt(String::length).max().orElse(0) + 2;
        texts.forEach((name, text) -> {
            List<String> lines = DisplayText.wrap(text, WIDTH - width);
            for (int i = 0; i < lines.size(); i++) {
                out.println(DisplayText.pad(i == 0 ? name : "", width) + colours.of(text, lines.get(i)));
            }
        });
    }
}
