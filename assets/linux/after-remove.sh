#!/bin/sh
set -e
# People's data stays; `axon reset` deletes it while Axon is installed.
case "$1" in
  remove | purge)
    for link in /usr/bin/axon /usr/bin/axon-desktop; do
      if [ -L "$link" ] && [ ! -e "$link" ]; then rm -f "$link"; fi
    done
    ;;
esac
