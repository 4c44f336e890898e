# Sourced by every suite script: the frame of a suite (install, run, finish) and its result rows.
#
# A suite script defines two functions and ends with `suite_main "$@"`:
#   install   fetches what the suite needs, by package name; may be repeated, then does nothing
#   run       records rows with `passed`, `failed` and `skipped`
# `tests/real/run` sets the environment; lib/server.sh lists it.
set -uo pipefail
SUITE=$(basename "$0" .sh)
SUITES=$(cd "$(dirname "${BASH_SOURCE[0]}")/../suites" && pwd)
LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CLIENTS_HOME=${CLIENTS_HOME:-/tmp/caldav-clients}
mkdir -p "$CLIENTS_HOME"
export PYTHONPATH=$LIB PYTHONDONTWRITEBYTECODE=1 CLIENTS_HOME
. "$LIB/install.sh"

# Exit status by which a suite says that this machine cannot run it; counted as skipped.
EXIT_SKIPPED=77

suite_main() {
  case ${1:-} in
    install) install ;;
    run) run && echo END >> "$RESULTS" ;;
    *) echo "usage: $SUITE.sh install|run (started by tests/real/run)" >&2; return 2 ;;
  esac
}

passed()  { result PASS "$@"; }
failed()  { result FAIL "$@"; }
skipped() { result SKIP "$@"; }

# result VERDICT NAME [NOTE]: one row on the screen and one in the file that the verdict is made from.
result() {
  local note
  note=$(printf %s "${3:-}" | tr '\n\t' '  ' | cut -c1-200)
  printf '%-5s %-64s %s\n' "$1" "$2" "$note"
  printf '%s\t%s\t%s\n' "$1" "$2" "$note" >> "$RESULTS"
}

# skip_suite REASON: ends the suite, loudly.
skip_suite() {
  echo
  echo "!!!! SUITE $SUITE SKIPPED: $1"
  echo
  result SKIP "whole suite" "$1"
  exit "$EXIT_SKIPPED"
}

# no_panic: one row on the log of a server that the suite started itself.
no_panic() {
  local found
  found=$(grep -a -m1 'panicked at' "$WORK/server.log")
  if [ -n "$found" ]; then failed "no panic" "$found"; else passed "no panic"; fi
}

# pytest_rows XML PREFIX: one row for each test of a JUnit report.
pytest_rows() { python3 "$LIB/junit_rows.py" "$@"; }
