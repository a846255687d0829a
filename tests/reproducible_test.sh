#!/bin/sh
# Two builds of this tree give the same bytes: other folders, another user, another time zone, another umask.
#
#   tests/reproducible_test.sh [TARGET]     default: //toolchains/hermetic:reproducible
#
# Covers: compilation and linking of our own code and of third-party sources and archives, with the caches of
# Bazel's actions off, so that each object is really made twice; for x86_64, in the mode that is shipped. The default
# target links lib/base with simdjson, nlohmann and SQLite. What both builds share is the repository cache, that is, the
# downloads, whose hashes are locked. Where it may, the second build runs as `nobody`.
#
# Not a Bazel test, since it runs Bazel: `./otm test` calls it.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd -P)
target=${1:-//toolchains/hermetic:reproducible}
work=$(mktemp -d "${TMPDIR:-/tmp}/otm-reproducible.XXXXXX")
cache=${HOME:?}/.cache/otm/repository
chmod 755 "$work"
trap 'chmod -R u+w "$work" 2>/dev/null; rm -rf "$work"' EXIT INT TERM HUP

# copy FOLDER: the sources as they are now, without what is built and without version control.
copy() {
    mkdir -p "$1/tree"
    (cd "$root" && tar -c --exclude=./bazel-* --exclude=./.git --exclude=node_modules .) | tar -x -C "$1/tree"
}

# build FOLDER ZONE UMASK [PREFIX…]: builds there and prints each file's SHA-256.
build() {
    folder=$1 zone=$2 mask=$3
    shift 3
    (
        cd "$folder/tree"
        umask "$mask"
        bazel="bazel --batch --output_user_root=$folder/out"
        # shellcheck disable=SC2086 # The command is words.
        "$@" env HOME="$folder" TZ="$zone" LANG=C.UTF-8 $bazel build --disk_cache= \
            --repository_cache="$folder/downloads" --noshow_progress "$target" >"$folder/log" 2>&1 || {
            tail -n 30 "$folder/log" >&2
            echo "reproducible_test: the build in $folder failed; its log is above" >&2
            exit 1
        }
        path=$(echo "${target#//}" | tr : /)
        sha256sum "bazel-bin/$path" | cut -d ' ' -f 1 >"$folder/sum"
    )
}

first=$work/a
second=$work/another/folder/with-a-longer-name
as=
for folder in "$first" "$second"; do
    copy "$folder"
    # A copy of the downloads, so that either user may write to it: hard links where possible.
    mkdir -p "$folder/downloads"
    [ ! -d "$cache" ] || cp -al "$cache/." "$folder/downloads" 2>/dev/null || cp -a "$cache/." "$folder/downloads"
done
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    as="setpriv --reuid=65534 --regid=65534 --clear-groups"
    find "$work/another" -type d -exec chown 65534:65534 {} +
    find "$second/tree" -exec chown -h 65534:65534 {} +
fi

build "$first" Pacific/Kiritimati 022
# shellcheck disable=SC2086 # A prefix of words, or nothing.
build "$second" America/Anchorage 077 $as

if [ "$(cat "$first/sum")" != "$(cat "$second/sum")" ]; then
    echo "reproducible_test: two builds of $target differ: $(cat "$first/sum") and $(cat "$second/sum")" >&2
    echo "  look for __FILE__, absolute paths, times, or the order of a directory in what changed last" >&2
    exit 1
fi
echo "$target is $(cat "$first/sum") in both builds${as:+, the second as nobody}"
