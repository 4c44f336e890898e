#!/usr/bin/env bash
# caldav-server-tester: a judgement of the server feature by feature, with scheduling between three users.
. "$(dirname "$0")/../lib/suite.sh"
VERSION=1.7.0

install() { python_packages tester "caldav-server-tester==$VERSION" PyYAML vobject; }

run() {
  mkdir -p "$HOME/.config/caldav"
  accounts > "$HOME/.config/caldav/calendar.conf"
  "$CLIENTS_HOME/venv-tester/bin/caldav-server-tester" --format hints \
    --config-section one --config-section two --config-section three \
    > "$WORK/features.txt" 2> "$WORK/tester.log" || tail -n 5 "$WORK/tester.log"
  python3 "$SUITES/tester_rows.py" "$WORK/features.txt"
}

accounts() {
  cat <<YAML
one: {caldav_url: "$DAV_URL", caldav_username: "$USER1", caldav_password: "$PASS1"}
two: {caldav_url: "$DAV_URL", caldav_username: "$USER2", caldav_password: "$PASS2"}
three: {caldav_url: "$DAV_URL", caldav_username: "$USER3", caldav_password: "$PASS3"}
YAML
}

suite_main "$@"
