package dev.listenkeyd.http;

import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.ext.Provider;
import jakarta.ws.rs.ext.WriterInterceptor;
import jakarta.ws.rs.ext.WriterInterceptorContext;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Ends a JSON body with a newline, so that the prompt of a shell starts on a new line. */
@Provider
public final class TrailingNewline implements WriterInterceptor {
    @Override
    public void aroundWriteTo(WriterInterceptorContext answer) throws IOException {
        MediaType type = answer.getMediaType();
        // A Response that names no type is of the method's type, which is JSON wherever one is made.
        if (type == null || type.getSubtype().endsWith("json")) {
            answer.setOutputStream(new Ended(answer.getOutputStream()));
        }
        answer.proceed();
    }

    /** The JSON writer sends the answer when it closes the stream; the newline is written just before. */
    private static final class Ended extends FilterOutputStream {
        private boolean closed;

        Ended(OutputStream body) {
            super(body);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }

        /** Does nothing: a body that is flushed before its end is sent in chunks, since its length is not known. */
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
