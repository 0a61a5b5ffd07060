#!/bin/sh
# DPKG_ROOT is set when dpkg installs into a folder of its own, without chroot: nothing outside of it is touched then.
set -e
mkdir -p "$DPKG_ROOT/usr/bin"
ln -sf /opt/Axon/resources/bin/axon "$DPKG_ROOT/usr/bin/axon"
ln -sf /opt/Axon/axon-desktop "$DPKG_ROOT/usr/bin/axon-desktop"
# Chromium's sandbox: by user namespaces where they are allowed, else by its set-uid helper
sandbox="$DPKG_ROOT/opt/Axon/chrome-sandbox"
if ! { [ -L /proc/self/ns/user ] && unshare --user true 2>/dev/null; }; then chmod 4755 "$sandbox"; else chmod 0755 "$sandbox"; fi
[ -z "$DPKG_ROOT" ] || exit 0
# Ubuntu 24.04 and later let only programs with a profile have namespaces. Root may have them anyway, so the look above does not see it.
profile=/opt/Axon/resources/apparmor-profile
if apparmor_status --enabled >/dev/null 2>&1 && apparmor_parser --skip-kernel-load --debug "$profile" >/dev/null 2>&1; then
  cp -f "$profile" /etc/apparmor.d/axon-desktop
  apparmor_parser --replace --write-cache --skip-read-cache /etc/apparmor.d/axon-desktop || true
fi
update-desktop-database /usr/share/applications 2>/dev/null || true
