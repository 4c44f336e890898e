#!/usr/bin/env bash
# vdirsyncer with khal and todoman on the synced folder, then the CalDAV tests that vdirsyncer brings itself.
. "$(dirname "$0")/../lib/suite.sh"
VERSION=0.21.0

install() {
  python_packages vdirsyncer "vdirsyncer==$VERSION" pytest pytest-cov pytest-asyncio pytest-timeout pytest-httpserver \
    trustme aioresponses 'hypothesis<7' aiostream requests &&
    python_packages khal khal todoman &&
    python_source vdirsyncer vdirsyncer "$VERSION"
}

run() {
  python3 "$SUITES/vdirsyncer.py" || return 1
  own_tests
}

# The tests are run in the unpacked source; only the small file that names our server is added.
own_tests() {
  local source=$CLIENTS_HOME/vdirsyncer-$VERSION
  mkdir -p "$source/tests/storage/servers/subject"
  cp "$SUITES/vdirsyncer_subject.py" "$source/tests/storage/servers/subject/__init__.py"
  (
    cd "$source" &&
      DAV_SERVER=subject "$CLIENTS_HOME/venv-vdirsyncer/bin/pytest" tests/storage/dav/test_caldav.py \
        -p no:cacheprovider --no-cov -q --timeout=60 --junitxml="$WORK/own-tests.xml"
  ) > "$WORK/own-tests.log" 2>&1
  pytest_rows "$WORK/own-tests.xml" "own tests: "
}

suite_main "$@"
