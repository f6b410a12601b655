#!/bin/sh
# TILTAKSFLYT_OBJEKTVASK in production: make SeaweedFS let go of the bytes and names of deleted objects.
# Usage: objektvask.sh MASTER FILER, each host:port. Ends with 0 only when both are gone, and within 10 minutes.
#
# The filer tells the volume server of a deletion a second or two later, and a volume that is compacted before that
# keeps the bytes; so wait until no stored chunk lacks an object, as deploy/lokalt/seaweedfs.py does.
set -eu
master=$1 filer=$2

# `weed shell` waits for ever for a master that is not there, so each call has its own limit in seconds.
run_shell() {
  limit=$1 && shift
  answer=$(printf '%s\n' lock "$@" unlock exit | timeout "$limit" weed shell -master="$master" -filer="$filer" 2>&1) || return 1
  case $answer in *error:*) return 1 ;; esac
}

last=$(($(date +%s) + 240))
while [ "$(date +%s)" -lt "$last" ]; do
  if run_shell 30 'volume.fsck -cutoffTimeAgo=0s'; then
    case $answer in
      *'no orphan data'*) run_shell 300 'volume.vacuum -garbageThreshold=0.000001' 'fs.log.purge -daysAgo=0' && exit 0 ;;
    esac
  fi
  sleep 0.5
done
echo "objektvask: the store at $master did not let go of what was deleted; see its log" >&2
exit 1
