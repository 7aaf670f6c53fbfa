#!/bin/sh
# A Debian package, where we are root on Debian: that is what CI has. Says on the error stream why it could not.
set -e
[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || exit 1
export DEBIAN_FRONTEND=noninteractive
apt-get install -y -qq --no-install-recommends "$1" >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$1" >/dev/null; }
