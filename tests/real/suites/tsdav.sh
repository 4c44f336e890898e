#!/usr/bin/env bash
# tsdav and ts-caldav, the CalDAV libraries of npm that web applications use.
. "$(dirname "$0")/../lib/suite.sh"

install() { node_packages tsdav tsdav@2.3.4 ts-caldav@0.3.7; }

run() { node "$SUITES/tsdav.mjs"; }

suite_main "$@"
