package dev.listenkeyd.http;

import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.ext.Provider;
import jakarta.ws.rs.ext.WriterInterceptor;
import jakarta.ws.rs.ext.WriterInterceptorContext;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Ends a JSON body with a newline, so that a shell's prompt starts on a line of its own. */
@Provider
public final class TrailingNewline implements WriterInterceptor {
    @Override
    public void aroundWriteTo(WriterInterceptorContext answer) throws IOException {
        MediaType type = answer.getMediaType();
        if (type != null && type.getSubtype().endsWith("json")) {
            answer.setOutputStream(new Ended(answer.getOutputStream()));
        }
        answer.proceed();
    }

    /** The JSON writer closes its stream, and with that sends the answer: the newline comes just before. */
    private static final class Ended extends FilterOutputStream {
        private boolean closed;

        Ended(OutputStream body) {
            super(body);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }

        /** What is flushed before its end has no known length, and is sent in chunks. */
        @Override
        public void flush() {}

        @Override
        public void close() throws IOException {
            if (!closed) {
                closed = true;
                out.write('\n');
            }
            super.close();
        }
    }
}
