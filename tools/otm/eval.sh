# ./otm eval: how often the council is right, and what it costs.
# shellcheck shell=sh

otm_eval() {
    need_builder
    say "building otm-home and ollama-sim"
    $bazel build //home:otm-home //tests/ollama_sim:ollama-sim >&2 ||
        die 70 "the build failed; the lines above say why"
    bin=$($bazel info bazel-bin 2>/dev/null)
    exec env PYTHONPATH="$root" PYTHONDONTWRITEBYTECODE=1 python3 -m tests.eval.evaluate \
        --home "$bin/home/otm-home" --sim "$bin/tests/ollama_sim/ollama-sim" "$@"
}
