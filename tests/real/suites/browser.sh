#!/usr/bin/env bash
# The booking pages in Debian's Chromium, driven by playwright-core, with axe-core looking at each page.
. "$(dirname "$0")/../lib/suite.sh"

install() {
  debian_packages chromium fonts-dejavu-core &&
    node_packages browser playwright-core@1.65.1 axe-core@4.14.1 &&
    "$SUITES/vdirsyncer.sh" install
}

run() {
  node "$SUITES/browser.mjs" || return 1
  echo "screenshots in $CLIENTS_HOME/screens"
}

suite_main "$@"
