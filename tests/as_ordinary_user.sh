#!/bin/sh
# Runs a command as an ordinary user: as the present one, or under root as `pozktest`, who is created. Interpreter and
# repository must be where others can read them.
set -eu
if [ "$(id -u)" != 0 ]; then
    exec "$@"
fi
id pozktest >/dev/null 2>&1 || useradd --create-home --shell /bin/sh pozktest
exec setpriv --reuid=pozktest --regid=pozktest --init-groups env HOME="$(getent passwd pozktest | cut -d: -f6)" \
    PYTHONDONTWRITEBYTECODE=1 "$@"
