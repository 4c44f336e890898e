#!/usr/bin/env bash
# Cuts the power of the server's disk under load: an ext4 image on a loop device that loses all that was not synced.
# CYCLES=N sets how often (5). Needs root and loop devices; without them the suite counts as skipped.
. "$(dirname "$0")/../lib/suite.sh"
. "$LIB/crash_loop.sh"
IMAGE_SIZE=512M

install() { debian_packages e2fsprogs mount; }

run() {
  local disk=$WORK/disk
  trap 'umount "$WORK/disk" 2>/dev/null; rm -f "$WORK/disk.image"' EXIT
  can_mount "$disk" || skip_suite "$REASON"
  # The users are made on the new disk, before the server's first start.
  export DATA=$disk/data
  crash_loop "${CYCLES:-5}" --mode power --power-dir "$disk" --power-image "$WORK/disk.image" \
    --power-size "$IMAGE_SIZE" --power-fs ext4 --start-hook "[ -d '$DATA' ] || '$SUITES/power.sh' users"
  no_panic
}

# Makes, mounts and unmounts an image as the crash loop will; sets REASON where that is not possible.
can_mount() {
  mkdir -p "$1"
  [ "$(id -u)" = 0 ] || { REASON="needs root"; return 1; }
  [ -e /dev/loop-control ] || { REASON="this machine has no loop devices"; return 1; }
  REASON="an ext4 image cannot be mounted here"
  truncate -s "$IMAGE_SIZE" "$WORK/disk.image" && mkfs.ext4 -q -F "$WORK/disk.image" &&
    mount -o loop "$WORK/disk.image" "$1" && umount "$1"
}

if [ "${1:-}" = users ]; then
  . "$LIB/server.sh"
  server_add_user "$DATA" "$USER1" "$PASS1"
  exit
fi
suite_main "$@"
