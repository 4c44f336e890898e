# Sourced by tests/real/run: a fresh bookdav for each suite, with users, on a free port of the loopback.
#
# What a suite finds in its environment:
#   BASE_URL, DAV_URL          http://127.0.0.1:PORT and the CalDAV root below it
#   USER1 PASS1 .. USER3 PASS3 three users, each with an address mailto:NAME@example.com
#   HOME_PATH, FILES_PATH      paths of USER1's calendar home and of a collection where USER1 may make others
#   BOOKDAV, DATA, PORT        binary, data folder and port, for suites that start the server themselves
#   WORK, RESULTS              an empty folder to work in, and the file for result rows
export USER1=alice PASS1=alice-secret-1 USER2=bob PASS2=bob-secret-2 USER3=carol PASS3=carol-secret-3

SERVER_PID=

# server_prepare FOLDER: a data folder with users, a port, and the addresses made from it.
server_prepare() {
  export DATA=$1/data PORT
  mkdir -p "$DATA"
  PORT=$(python3 "$HERE/lib/free_port.py") || return 1
  export BASE_URL=http://127.0.0.1:$PORT
  export DAV_URL=$BASE_URL/dav/ HOME_PATH=${CALENDAR_HOME_PATH:-/dav/calendars/$USER1/}
  export FILES_PATH=${FILES_COLLECTION_PATH:-$HOME_PATH}
  local pair
  for pair in "$USER1:$PASS1" "$USER2:$PASS2" "$USER3:$PASS3"; do
    server_add_user "$DATA" "${pair%%:*}" "${pair#*:}" || return 1
  done
}

# server_add_user FOLDER NAME PASSWORD
server_add_user() {
  printf '%s\n' "$3" | timeout 60 "$BOOKDAV" --data "$1" user add "$2" \
    --email "$2@example.com" --display-name "$2" --password-stdin
}

# server_start LOG: returns when the server says that it listens; 60 seconds at most.
server_start() {
  "$BOOKDAV" serve --data "$DATA" --listen "127.0.0.1:$PORT" < /dev/null > "$1" 2>&1 &
  SERVER_PID=$!
  for _ in $(seq 600); do
    grep -q 'listening on http://127.0.0.1:' "$1" && return 0
    kill -0 "$SERVER_PID" 2>/dev/null || break
    sleep 0.1
  done
  echo "the server did not start:" >&2
  tail -n 20 "$1" >&2
  server_stop
  return 1
}

# server_alive: whether the server that was started still runs.
server_alive() { [ -n "$SERVER_PID" ] && kill -0 "$SERVER_PID" 2>/dev/null; }

# server_stop: asks it to end, and kills it after ten seconds.
server_stop() {
  [ -n "$SERVER_PID" ] || return 0
  kill "$SERVER_PID" 2>/dev/null
  for _ in $(seq 100); do
    kill -0 "$SERVER_PID" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$SERVER_PID" 2>/dev/null
  wait "$SERVER_PID" 2>/dev/null
  SERVER_PID=
}
