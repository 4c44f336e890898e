#!/usr/bin/env bash
# Hostile input of many kinds (HTTP, credentials, paths, XML, iCalendar, endless recurrences, sizes), and USER1 at
# USER2's calendar; the server must refuse or bear each, stay up, and leak nothing.
# BADINPUT_GROUPS=a,b tries only these kinds.
. "$(dirname "$0")/../lib/suite.sh"
GROUPS_TRIED=${BADINPUT_GROUPS:-http,auth,path,xml,ics,rrule,size,inject,report,acl}

install() { :; }

# The battery starts the server itself, so that it can start it again after a case that kills or hangs it.
run() {
  local server="exec '$BOOKDAV' serve --data '$DATA' --listen 127.0.0.1:$PORT >> '$WORK/server.log' 2>&1"
  python3 "$SUITES/badinput.py" --base "$BASE_URL${HOME_PATH}default/" --user "$USER1" --password "$PASS1" \
    --owner-base "$BASE_URL$(home_of "$USER2")default/" --owner-user "$USER2" --owner-password "$PASS2" \
    --groups "$GROUPS_TRIED" --server-cmd "bash -c \"$server\"" --json "$WORK/report.json" \
    < /dev/null > "$WORK/battery.log" 2>&1
  tail -n 15 "$WORK/battery.log"
  python3 "$SUITES/badinput_rows.py" "$WORK/report.json" && no_panic
}

# home_of NAME: the calendar home of another user; homes differ in the name alone.
home_of() { printf %s "${HOME_PATH/"$USER1"/"$1"}"; }

suite_main "$@"
