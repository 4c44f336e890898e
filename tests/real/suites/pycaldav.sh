#!/usr/bin/env bash
# The functional tests of the Python library caldav, with no server profile: nothing is excused beforehand.
. "$(dirname "$0")/../lib/suite.sh"
VERSION=3.6.0

install() {
  python_packages pycaldav "caldav==$VERSION" vobject pytest pytest-asyncio pytest-timeout manuel proxy.py tzlocal \
    pyfakefs httpx httpxyz PyYAML xandikos radicale &&
    python_source pycaldav caldav "$VERSION"
}

run() {
  cp -r "$CLIENTS_HOME/caldav-$VERSION" "$WORK/source" && cd "$WORK/source" || return 1
  server_list > tests/caldav_test_servers.yaml
  PYTHON_CALDAV_TEST_EMBEDDED=0 PYTHON_CALDAV_TEST_DOCKER=0 TMPDIR=$WORK \
    "$CLIENTS_HOME/venv-pycaldav/bin/pytest" tests/test_caldav.py -k Subject -q --timeout=120 \
    -p no:cacheprovider -o asyncio_default_fixture_loop_scope=function -W default --tb=short \
    --junitxml="$WORK/tests.xml" > "$WORK/tests.log" 2>&1
  pytest_rows "$WORK/tests.xml" ""
}

server_list() {
  cat <<YAML
test-servers:
  subject:
    type: external
    enabled: true
    url: $DAV_URL
    username: $USER1
    password: $PASS1
    scheduling_users:
      - {url: "$DAV_URL", username: "$USER1", password: "$PASS1"}
      - {url: "$DAV_URL", username: "$USER2", password: "$PASS2"}
      - {url: "$DAV_URL", username: "$USER3", password: "$PASS3"}
YAML
}

suite_main "$@"
