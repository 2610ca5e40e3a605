#!/bin/sh
# Finds a Python for our program. Source: Buildpacks buildpack specification, "Build".
set -eu

for name in ${BP_PYTHON:-python3.13 python3.12 python3.11 python3}; do
  if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    exec "$name" -I "$CNB_BUILDPACK_DIR/bin/build.py"
  fi
done
echo "Notebook: the build image has no Python 3.11 or newer with venv" >&2
exit 1
