#!/bin/sh
# python_test.sh FILE ARGUMENT...: runs FILE, a path from the workspace's root, as a module.
file="$1"
shift
module="$(echo "${file%.py}" | tr / .)"
export PYTHONPATH="$PWD" PYTHONDONTWRITEBYTECODE=1
exec /usr/bin/python3 -m "$module" "$@"
