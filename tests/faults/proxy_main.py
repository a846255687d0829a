"""The fault proxy as a program, for tests in other languages and for trying things by hand.

usage: python3 -m tests.faults.proxy_main HOST:PORT [SEED]

Prints "port N", then reads commands from stdin, one a line, and answers "ok" or "error WHY":

  set up|down|both NAME=VALUE…   latency_s jitter_s loss bytes_per_s slice_bytes cut_after
                                 close_delay_s
  partition up|down|both         unreachable            down
  reset     reset_each           half_open              heal
  passed                         answers "ok UP_BYTES DOWN_BYTES"

It ends with its input.
"""

import dataclasses
import sys

from tests.faults.proxy import DOWN, UP, WAYS, FaultProxy, Toxics

PLAIN = ("unreachable", "down", "reset", "reset_each", "half_open", "heal")
KINDS = {field.name: field.type for field in dataclasses.fields(Toxics) if field.type is not bool}


def carry_out(proxy, words):
    """Does what a line says; gives the answer."""
    verb, *rest = words
    if verb in PLAIN and not rest:
        getattr(proxy, verb)()
    elif verb == "partition" and len(rest) == 1 and rest[0] in WAYS:
        proxy.partition(rest[0])
    elif verb == "set" and len(rest) > 1 and rest[0] in WAYS:
        pairs = dict(word.split("=", 1) for word in rest[1:])
        proxy.set(rest[0], **{name: KINDS[name](value) for name, value in pairs.items()})
    elif verb == "passed" and not rest:
        passed = proxy.passed()
        return f"ok {passed[UP]} {passed[DOWN]}"
    else:
        raise ValueError(
            f"there is no command {' '.join(words)!r}; the file's beginning lists them"
        )
    return "ok"


def main(arguments):
    host, _, port = arguments[0].rpartition(":")
    with FaultProxy((host, int(port)), int(arguments[1]) if len(arguments) > 1 else 0) as proxy:
        print(f"port {proxy.port}", flush=True)
        for line in sys.stdin:
            words = line.split()
            if not words:
                continue
            try:
                print(carry_out(proxy, words), flush=True)
            except (ValueError, KeyError, OSError) as error:
                print(f"error {error}", flush=True)
    return 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or ":" not in sys.argv[1]:
        print(__doc__, file=sys.stderr)
        sys.exit(64)
    sys.exit(main(sys.argv[1:]))
