#!/usr/bin/env bash
# litmus, the WebDAV protocol tests (Debian package), on USER1's collection of files.
. "$(dirname "$0")/../lib/suite.sh"

install() { debian_packages litmus; }

run() { python3 "$SUITES/litmus.py"; }

suite_main "$@"
