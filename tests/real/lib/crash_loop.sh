# Sourced by the suites crash and power: runs crashloop.py against a server that it starts itself.

# crash_loop CYCLES OPTION...
crash_loop() {
  local cycles=$1
  shift
  python3 "$SUITES/crashloop.py" --cmd "'$BOOKDAV' serve --data '$DATA' --listen 127.0.0.1:$PORT" \
    --base "$BASE_URL$HOME_PATH" --user "$USER1" --password "$PASS1" --calendar crash --mkcalendar \
    --cycles "$cycles" --json "$WORK/report.json" --log "$WORK/server.log" -v "$@" < /dev/null 2>&1
  python3 "$SUITES/crash_rows.py" "$WORK/report.json" "$cycles"
}
