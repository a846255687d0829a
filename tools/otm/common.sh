# Shared by the commands of ./otm: messages, the machine, packages, space and Bazel.
# shellcheck shell=sh

cache=${HOME:?}/.cache/otm
bazel=${OTM_BAZEL:-bazel}

say() { printf '%s\n' "otm: $*" >&2; }

# die EXIT_CODE MESSAGE: codes as in CONVENTIONS.md, habit 4. The message ends with what to do.
die() {
    code=$1
    shift
    say "$*"
    exit "$code"
}

# The compiler in the lock runs on x86_64 and its packages are Debian 12's.
need_machine() {
    [ "$(uname -sm)" = "Linux x86_64" ] ||
        die 69 "this is $(uname -sm); building needs Linux on x86_64 (for a Raspberry Pi build there with --config=aarch64)"
    [ -r /etc/os-release ] || die 69 "no /etc/os-release here; use Debian 12"
    os=$(. /etc/os-release && echo "${ID:-unknown} ${VERSION_ID:-}")
    [ "$os" = "debian 12" ] || command -v "$bazel" >/dev/null ||
        die 69 "this is $os; OTM Home is built on Debian 12 (elsewhere install Bazel 4.2.3 yourself and start again)"
}

# need_packages COMMAND=PACKAGE…: installs the Debian packages whose command is missing, and says
# which. A file, such as /etc/ssl/certs/ca-certificates.crt, may stand for the command.
need_packages() {
    missing=
    for pair in "$@"; do
        [ -e "${pair%%=*}" ] || command -v "${pair%%=*}" >/dev/null || missing="$missing ${pair#*=}"
    done
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null || die 69 "missing here, and there is no apt-get to install it:$missing"
    install="apt-get install -y --no-install-recommends$missing"
    sudo=
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null ||
            die 77 "these Debian packages are missing:$missing; install them as root, then start again: $install"
        sudo=sudo
        if [ "${CI:-}" != true ]; then
            [ -t 0 ] || die 77 "these Debian packages are missing:$missing; install them, then start again: sudo $install"
            printf 'otm: install these Debian packages with sudo?%s [y/N] ' "$missing" >&2
            read -r answer
            case $answer in
            y | Y | yes) ;;
            *) die 77 "nothing installed; when you are ready: sudo $install" ;;
            esac
        fi
    fi
    say "installing Debian packages:$missing"
    mkdir -p "$cache"
    { $sudo apt-get -q update && DEBIAN_FRONTEND=noninteractive $sudo $install; } >"$cache/apt.log" 2>&1 </dev/null ||
        { tail -n 5 "$cache/apt.log" >&2; die 69 "apt-get failed, $cache/apt.log has the rest; try: $sudo $install"; }
}

# need_space FOLDER MEGABYTES WHAT
need_space() {
    mkdir -p "$1" 2>/dev/null || die 77 "cannot make $1; choose a folder that you may write to"
    free=$(df -Pk "$1" | awk 'NR == 2 { print int($4 / 1024) }')
    [ "$free" -ge "$2" ] ||
        die 69 "$3 needs $2 MB under $1, $free MB are free; make room and start again"
}

# What a build needs; the compiler and all libraries come by the lock.
need_builder() {
    need_machine
    need_packages bazel=bazel-bootstrap xz=xz-utils npm=npm python3=python3 \
        /etc/ssl/certs/ca-certificates.crt=ca-certificates "$@"
}

# What the tree is now, in one word; empty where git cannot tell.
tree_stamp() {
    {
        git rev-parse HEAD && git diff HEAD --no-ext-diff &&
            git ls-files -z --others --exclude-standard | xargs -0 -r sha256sum
    } 2>/dev/null >"$1" && sha256sum <"$1" | cut -c 1-64
    rm -f "$1"
}
