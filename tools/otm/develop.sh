# ./otm test, build, fuzz, format, lock and bench: working on OTM Home.
# shellcheck shell=sh

test_mb=12000        # Both architectures, with the tests and their runfiles.
fault_seeds_all=50   # Of each fault, by ./otm test --faults.
fault_seeds_quick=5  # With everything else: some ten minutes, so that all of it stays below 45.
fuzz_seconds=10      # For each target: enough to see that it runs and finds nothing shallow.

otm_build() {
    need_builder
    [ $# -gt 0 ] || set -- //...
    $bazel build "$@"
}

otm_format() {
    need_builder
    $bazel run //tools:format -- "$@"
}

otm_lock() {
    need_builder
    exec python3 toolchains/lock.py "$@"
}

otm_bench() {
    need_builder
    build_home
    exec python3 tests/bench/bench.py --root "$root" --program "$(home_program)" --bazel "$bazel" "$@"
}

otm_fuzz() {
    need_builder
    if [ "${1:-}" = --seconds ]; then
        fuzz_seconds=${2:?--seconds needs a number}
        shift 2
    fi
    [ $# -gt 0 ] || set -- $($bazel query 'attr(tags, fuzz, kind(cc_binary, //...))' 2>/dev/null)
    passed=0
    failed=0
    for target in "$@"; do
        say "fuzzing $target for $fuzz_seconds s"
        if $bazel run --config=fuzz "$target" -- "-max_total_time=$fuzz_seconds" >&2; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
        fi
    done
    echo "$passed passed, $failed failed"
    [ $failed -eq 0 ]
}

# Everything that must hold before a change lands. Bazel runs all that can be a Bazel test; the
# rest are steps: each counts as one. Each part leaves its events, which are counted together.
otm_test() {
    parts=tree
    kill_rounds=
    fault_seeds=$fault_seeds_all
    while :; do
        case ${1:-} in
        --kill) kill_rounds=${2:?--kill needs a number of rounds} ;;
        --services) parts=services ;;
        --seeds) fault_seeds=${2:?--seeds needs a number} ;;
        --faults) parts=faults ;;
        --all) parts="tree services faults" fault_seeds=$fault_seeds_quick ;;
        *) break ;;
        esac
        case $1 in
        --kill | --seeds) shift 2 ;;
        *) shift ;;
        esac
    done
    steps=
    events=$cache/test-events.$$
    mkdir -p "$events" || die 77 "cannot make $events; set HOME to a folder that you may write to"
    trap 'end_services; rm -rf "$events"' EXIT
    trap 'exit 130' INT TERM HUP
    for part in $parts; do
        "test_$part" "$@"
    done
    # shellcheck disable=SC2086 # The steps are words.
    python3 tools/otm/count_tests.py "$events" $steps
}

# bazel_test NAME OPTION…: the count decides about it, not its exit code.
bazel_test() {
    name=$1
    shift
    : >"$events/$name.json" # So that a Bazel that does not even start is missed.
    $bazel test --jobs=2 --keep_going "--build_event_json_file=$events/$name.json" "$@" || true
}

test_tree() {
    need_builder node=nodejs chromium=chromium # For the browser test.
    need_space "$cache" "$test_mb" "the whole test"
    everything=no
    [ $# -gt 0 ] || { everything=yes; set -- //...; }
    [ -z "$kill_rounds" ] ||
        set -- "--test_env=OTM_KILL_ROUNDS=$kill_rounds" --test_timeout=3600 "$@"
    bazel_test tree --build_tests_only "$@"
    if [ $everything = yes ]; then
        step "browser" browser_test
        step "format" $bazel run //tools:format -- --check
        step "layering" env BAZEL="$bazel" tests/layering_test.sh
        step "reproducible" tests/reproducible_test.sh
        step "commit" tools/commit_check.py
    fi
}

# The page in Debian's Chromium, on the program that the tests above have built.
browser_test() {
    npm ci --prefix tests/e2e --no-audit --no-fund &&
        $bazel build //:home &&
        OTM_HOME_BIN="$($bazel info bazel-bin 2>/dev/null)/home/otm-home" \
            node tests/e2e/portal_browser_test.mjs
}

# step NAME COMMAND…: runs it, and notes how it went.
step() {
    name=$1
    shift
    echo "== $name"
    if "$@" </dev/null; then
        steps="$steps $name=passed"
    else
        steps="$steps $name=failed"
    fi
}
