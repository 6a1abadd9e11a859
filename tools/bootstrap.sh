#!/bin/sh
# Finds a Python that is new enough, then lets bootstrap.py prepare .venv/ for "run" or "test".
set -eu
cd "$(dirname "$0")/.."

new_enough='import sys; sys.exit(sys.version_info < (3, 11))'
for python in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    # A name on PATH may be a shim with nothing behind it, so it is run rather than looked up.
    if "$python" -c "$new_enough" >/dev/null 2>&1; then
        exec "$python" tools/bootstrap.py "$@" </dev/null
    fi
done

echo "Orebook needs Python 3.11 or newer and found none (looked for: ${PYTHON:-python3, python3.11 to 3.14})." >&2
echo "Run:  apt-get install -y python3 python3-venv python3-pip" >&2
echo "or name one:  make PYTHON=/path/to/python3 ..." >&2
exit 1
