#!/bin/sh
# A server on a copy of the data folder TEMPLATE, at CONFORMANCE_PORT and in CONFORMANCE_DIR: fresh for each script.
cp -r "$TEMPLATE" "$CONFORMANCE_DIR/data"
exec "$BOOKDAV" serve --data "$CONFORMANCE_DIR/data" --listen "127.0.0.1:$CONFORMANCE_PORT" \
  >> "$WORK/server.log" 2>&1
