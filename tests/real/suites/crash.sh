#!/usr/bin/env bash
# Kills the server again and again under load (SIGKILL); what it had acknowledged must be there afterwards.
# CYCLES=N sets how often (10).
. "$(dirname "$0")/../lib/suite.sh"
. "$LIB/crash_loop.sh"

install() { :; }

run() {
  crash_loop "${CYCLES:-10}" --mode kill
  no_panic
}

suite_main "$@"
