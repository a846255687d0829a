#!/bin/sh
# No layer uses a higher one and no service another: `bazel query somepath(A, B)` is empty for every forbidden pair.
# Not a Bazel test, since it asks Bazel: `./otm test` calls it. The layers: ARCHITECTURE.md.
set -eu
cd "$(dirname "$0")/.."
bazel=${BAZEL:-bazel}

# One line a layer, lowest first; the folders of the services' layer may not use each other either.
base='//lib/base'
domain='//lib/prompt //lib/council'
adapters='//lib/http //lib/sqlite //lib/ollama //lib/simulator //lib/service //lib/feed //lib/push //lib/kafka //lib/mongo //lib/auth'
services='//backend/council //backend/notifier //edge/portal //edge/admin //ops'
mains='//home'

# set_of FOLDER…: a query for what really is there, without tests.
set_of() {
    found=
    for folder in "$@"; do
        [ -d "./${folder#//}" ] || continue
        found="$found${found:+ + }$folder/..."
    done
    [ -z "$found" ] || echo "(($found) except attr(testonly, 1, $found))"
}

failed=0
# forbid FROM TO: each a query, empty where nothing of it exists.
forbid() {
    [ -n "$1" ] && [ -n "$2" ] || return 0
    path=$($bazel query --noimplicit_deps --notool_deps "somepath($1, $2)" 2>/dev/null) || {
        echo "layering_test: bazel query failed for somepath($1, $2); run it by hand" >&2
        exit 1
    }
    [ -z "$path" ] || {
        failed=1
        echo "layering_test: a forbidden path; depend on a port of a lower layer instead:" >&2
        echo "$path" | sed 's/^/  /' >&2
    }
}

# shellcheck disable=SC2086 # Lists of words.
{
    forbid "$(set_of $base)" "$(set_of $domain $adapters $services $mains)"
    forbid "$(set_of $domain)" "$(set_of $adapters $services $mains)"
    forbid "$(set_of $adapters)" "$(set_of $services $mains)"
    forbid "$(set_of $services)" "$(set_of $mains)"
    forbid "$(set_of //lib/prompt)" "$(set_of //lib/council)"
    for from in $services; do
        for to in $services; do
            [ "$from" = "$to" ] || forbid "$(set_of $from)" "$(set_of $to)"
        done
    done
}
[ $failed -eq 0 ] && echo "layering: no layer uses a higher one, no service another"
exit $failed
