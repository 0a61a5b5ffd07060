#!/bin/sh
set -e
# People's data stays; `axon reset` deletes it while Axon is installed.
# rpm says how many versions stay: 0 is the removal, 1 an update
case "$1" in
  remove | purge | 0)
    # dangling by now: what they led to is removed. A link that somebody else put there leads elsewhere and stays.
    for link in axon axon-desktop; do
      case "$(readlink "$DPKG_ROOT/usr/bin/$link")" in /opt/Axon/*) rm -f "$DPKG_ROOT/usr/bin/$link" ;; esac
    done
    profile="$DPKG_ROOT/etc/apparmor.d/axon-desktop"
    if [ -f "$profile" ]; then
      if [ -z "$DPKG_ROOT" ] && command -v apparmor_parser >/dev/null; then apparmor_parser --remove "$profile" || true; fi
      rm -f "$profile"
    fi
    ;;
esac
