# ./otm services, and the tests that need real servers or break them.
# shellcheck shell=sh

services_mb=2000 # All of them installed, with their data; Ollama's build needs 1500 of its own.

# services_run GROUP VERB…: tests/services/main.py on a group of servers of this tree.
services_run() {
    group=$1
    shift
    python3 -m tests.services.main --cache "$cache/services" --run "$group" "$@"
}

services_group() { printf %s "$root" | sha256sum | cut -c 1-16; }

need_services() {
    need_builder java=openjdk-17-jre-headless javac=openjdk-17-jdk-headless mvn=maven openssl=openssl \
        gcc=build-essential g++=build-essential pip3=python3-pip node=nodejs
    need_space "$cache/services" "$services_mb" "the real servers"
}

otm_services() {
    verb=${1:-}
    [ $# -eq 0 ] || shift
    case $verb in
    up) need_services && services_run "$(services_group)" start "$@" ;;
    down) services_run "$(services_group)" stop "$@" ;;
    status | env | wipe | kill) services_run "$(services_group)" "$verb" "$@" ;;
    install) need_services && services_run "$(services_group)" install "$@" ;;
    *) die 64 "services up, down, status, env, install, kill or wipe; see ./otm help" ;;
    esac
}

# The tests that are tagged "services", on servers of their own. Those of the Kafka adapter run once
# more, on the newer Kafka.
test_services() {
    need_services
    services_run default sweep
    group=test-$$
    all=$(service_targets "//...")
    [ -n "$all" ] || die 70 "no test is tagged \"services\"; see tests/services/README.md"
    if services_run "$group" install nginx &&
        services_run "$group" start kafka ferretdb mongojava; then
        on_services services $all
        step "compat" compat_test
        of_kafka=$(service_targets "//lib/kafka/...")
        services_run "$group" stop kafka
        if [ -z "$of_kafka" ] || services_run "$group" start kafka4; then
            on_services kafka4 $of_kafka
        else
            steps="$steps kafka4=failed"
        fi
    else
        steps="$steps services=failed"
    fi
    end_services
}

# A client of the original's, on the servers that on_services named last.
compat_test() {
    npm ci --prefix tests/compat --no-audit --no-fund && $bazel build //backend/council:otm-council &&
        OTM_COUNCIL_BIN="$($bazel info bazel-bin 2>/dev/null)/backend/council/otm-council" \
            node --test tests/compat/compat_test.mjs
}

service_targets() { tagged services "$1"; }

# tagged TAG SCOPE
tagged() {
    $bazel query "kind('_test rule', attr(tags, '\\b$1\\b', $2))" 2>/dev/null
}

# Real processes under faults; those that need servers start their own from what is installed. They
# wait more than they work, so that more of them run than there are cores.
fault_jobs=4
test_faults() {
    need_services
    services_run default install kafka mongojava || { steps="$steps faults=failed"; return 0; }
    # shellcheck disable=SC2046 # The targets are words.
    OTM_FAULT_SEEDS=$fault_seeds OTM_SERVICES_CACHE=$cache/services \
        bazel_test faults --test_env=OTM_FAULT_SEEDS --test_env=OTM_SERVICES_CACHE \
        --nocache_test_results --jobs=$fault_jobs --local_test_jobs=$fault_jobs --test_output=all \
        --test_timeout=$((600 + 600 * fault_seeds)) $(tagged faults "//...")
}

# on_services NAME TARGET…: tells the targets where the servers of $group are. A sandbox has no
# network else, not even loopback.
on_services() {
    name=$1
    shift
    [ $# -gt 0 ] || return 0
    variables=$(services_run "$group" env)
    eval "$variables"
    for variable in $(printf '%s\n' "$variables" | sed 's/^export \([A-Z0-9_]*\)=.*/\1/'); do
        set -- "--test_env=$variable" "$@"
    done
    OTM_SERVICES_CACHE=$cache/services bazel_test "$name" --sandbox_default_allow_network=true \
        --nocache_test_results --local_test_jobs=1 --test_env=OTM_SERVICES_CACHE "$@"
}

end_services() {
    [ -z "${group:-}" ] || services_run "$group" wipe
    group=
}
