#!/usr/bin/env bash
# Evolution data server (Debian package), the engine of Evolution and GNOME Calendar, in a D-Bus session of its own.
. "$(dirname "$0")/../lib/suite.sh"

install() {
  debian_packages evolution-data-server gir1.2-ecal-2.0 gir1.2-edataserver-1.2 python3-gi dbus dbus-daemon || return 1
  # Debian's own Python, which the bindings belong to.
  /usr/bin/python3 -c 'import gi; gi.require_version("ECal", "2.0"); from gi.repository import ECal'
}

run() {
  mkdir -p "$WORK"/{config,data,cache,runtime}
  chmod 700 "$WORK/runtime"
  env XDG_CONFIG_HOME="$WORK/config" XDG_DATA_HOME="$WORK/data" XDG_CACHE_HOME="$WORK/cache" \
    XDG_RUNTIME_DIR="$WORK/runtime" GIO_USE_VFS=local GSETTINGS_BACKEND=memory NO_AT_BRIDGE=1 TZ=Europe/London \
    dbus-run-session -- /usr/bin/python3 "$SUITES/evolution.py" 2> "$WORK/evolution.log"
  local status=$?
  [ $status = 0 ] || tail -n 5 "$WORK/evolution.log"
  return $status
}

suite_main "$@"
