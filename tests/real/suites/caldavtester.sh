#!/usr/bin/env bash
# Apple's CalDAVTester scripts but for scheduling (RFC 6638), each against a fresh server, judged by
# conformance/caldavtester/known.txt.
. "$(dirname "$0")/../lib/suite.sh"
SCRIPTS=$(cd "$SUITES/../../../conformance/caldavtester" && pwd)
RUNNER=$(dirname "$BOOKDAV")/examples/conformance

install() { :; }

run() {
  [ -x "$RUNNER" ] || { failed "the runner is there" "cargo build --release --example conformance"; return; }
  export TEMPLATE=$WORK/template
  "$BOOKDAV" --data "$TEMPLATE" provision "$SCRIPTS/accounts.toml" || return 1
  local tests
  tests=$(find "$SCRIPTS/tests" -name '*.xml' | grep -Ev '/(implicit|schedule|servertoserver)[^/]*$' | sort)
  # shellcheck disable=SC2086 # one name each
  "$RUNNER" $tests --data "$SCRIPTS" --serverinfo "$SCRIPTS/serverinfo.xml" --known "$SCRIPTS/known.txt" \
    --server "$LIB/serve_copy.sh" --report "$WORK/failures.txt" > "$WORK/told.txt" 2>&1
  grep -E '^(FAILED|!!!|no longer)' "$WORK/told.txt"
  python3 "$SUITES/caldavtester_rows.py" "$WORK/told.txt" && no_panic
}

suite_main "$@"
