#!/bin/sh
# Installs the Debian packages listed in $1 that are missing: as root with apt, otherwise it only names them.
set -eu
missing=""
for package in $(grep -v '^#' "$1"); do
    if ! dpkg-query -W -f '${Status}' "$package" 2>&1 | grep -q "ok installed"; then
        missing="$missing $package"
    fi
done
if [ -z "$missing" ]; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -q
    # shellcheck disable=SC2086 # a list of words
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
else
    echo "not installed:$missing (tests that need them are skipped by name)"
fi
