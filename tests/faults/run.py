"""Which faults run in this process and with which seeds, and what is said about them.

OTM_FAULT_SEEDS (5) runs of each, OTM_FAULT_SEED (by chance) the first, OTM_FAULTS a part of the
names. As one of several shards of a Bazel test it runs its share of the faults, beside the others.
"""

import contextlib
import json
import os
import pathlib
import random
import signal
import sys
import time
import urllib.parse

from tests.e2e.fake_ollama import FakeOllama
from tests.faults.matrix import run_fault

SLICE_SEEDS = 10  # Then come fresh servers, whose history is short.


@contextlib.contextmanager
def models():
    """(host, port) of a stand-in that answers at once, or of what OTM_TEST_OLLAMA_URL names."""
    url = os.environ.get("OTM_TEST_OLLAMA_URL")
    if url:
        parts = urllib.parse.urlsplit(url)
        yield parts.hostname, parts.port
        return
    stand_in = FakeOllama()
    try:
        yield stand_in.server_address
    finally:
        stand_in.close()


def shard():
    """(own number, how many there are), as Bazel says it; tells it that this test knows of it."""
    if "TEST_SHARD_STATUS_FILE" in os.environ:
        pathlib.Path(os.environ["TEST_SHARD_STATUS_FILE"]).touch()
    return int(os.environ.get("TEST_SHARD_INDEX", 0)), int(os.environ.get("TEST_TOTAL_SHARDS", 1))


def share(faults, number, count):
    """The faults of one shard: each has about as much to wait for as another."""
    loads, shares = [0.0] * count, [[] for _ in range(count)]
    for fault in sorted(faults, key=lambda fault: -fault.weight_s):
        least = loads.index(min(loads))
        loads[least] += fault.weight_s
        shares[least].append(fault)
    return [fault for fault in faults if fault in shares[number]]


def slices(seeds):
    return [seeds[at : at + SLICE_SEEDS] for at in range(0, len(seeds), SLICE_SEEDS)]


def summary(rows):
    """The figures of docs/benchmarks.md, as one line that summary.py adds to others."""
    return {
        "faults": sorted({row.fault.name for row in rows}),
        "runs": sum(row.seeds for row in rows),
        "accepted": sum(row.accepted for row in rows),
        "lost": sum(row.lost for row in rows),
        "doubled": sum(row.doubled for row in rows),
        "twice": sum(row.twice for row in rows),
        "broken": sum(bool(row.broken) for row in rows),
        "recovery_s": round(max((row.recovery_s for row in rows), default=0), 1),
        "over": sum(row.over for row in rows),
        "slowest_202_s": round(max((row.slowest_s for row in rows), default=0), 1),
    }


def cpu_s():
    """Of this process and of all that it has started and seen end."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def tell(row, took_s):
    print(f"{row.text()}  {took_s:.0f} s", flush=True)
    for sentence in row.broken:
        print(f"   {sentence}", flush=True)


def run_all(faults, stack_of):
    """Each fault with all its seeds on the stacks of `stack_of`, a context manager; the exit code.

    A stack serves many faults: what one leaves behind is the next one's start. One that a fault has
    broken is thrown away.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # So that its servers end with it.
    count = int(os.environ.get("OTM_FAULT_SEEDS", "5"))
    first = int(os.environ.get("OTM_FAULT_SEED") or random.randrange(1 << 30))
    part = os.environ.get("OTM_FAULTS", "")
    mine = share([fault for fault in faults if part in fault.name], *shard())
    print(f"seeds {first} to {first + count - 1} of {len(mine)} faults", flush=True)
    rows = []
    for seeds in slices(list(range(first, first + count))):
        left = list(mine)
        while left:
            with stack_of() as stack:
                left = run_some(stack, left, seeds, rows)
    print("sum " + json.dumps({**summary(rows), "cpu_s": round(cpu_s())}), flush=True)
    return 1 if any(row.broken for row in rows) else 0


def run_some(stack, faults, seeds, rows):
    """Until all were there or one has broken the stack; gives those that are left."""
    for done, fault in enumerate(faults, 1):
        begin = time.monotonic()
        row = run_fault(stack, fault, seeds)
        rows.append(row)
        tell(row, time.monotonic() - begin)
        if row.broken:
            return faults[done:]
    return []
