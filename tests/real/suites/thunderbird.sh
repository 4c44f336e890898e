#!/usr/bin/env bash
# A real Thunderbird (Debian package), headless, driven through its own calendar code.
. "$(dirname "$0")/../lib/suite.sh"

install() { debian_packages thunderbird fonts-dejavu-core; }

run() { python3 "$SUITES/thunderbird.py"; }

suite_main "$@"
