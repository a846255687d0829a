"""The faults that one process can have, on a real otm-home.

usage: python3 -m tests.faults.home_faults PROGRAM LIBRARY

OTM_FAULT_SEEDS (5) runs of each, OTM_FAULT_SEED (by chance) the first, OTM_FAULTS a part of the
names. Its models are a stand-in that answers at once, or what OTM_TEST_OLLAMA_URL names.
"""

import os
import random
import sys
import tempfile
import time
import urllib.parse

from tests.e2e.fake_ollama import FakeOllama
from tests.faults.faults import FAULTS
from tests.faults.home_stack import HomeStack
from tests.faults.matrix import run_fault

OF_OTHERS = (3, 4, 15, 16)  # Of a broker or a database that the home edition does not have.


def models():
    """(host, port) of an Ollama, and what ends it."""
    url = os.environ.get("OTM_TEST_OLLAMA_URL")
    if url:
        parts = urllib.parse.urlsplit(url)
        return (parts.hostname, parts.port), lambda: None
    stand_in = FakeOllama()
    return stand_in.server_address, stand_in.close


def chosen(faults):
    """(faults, seeds) that the environment asks for; prints the seeds."""
    count = int(os.environ.get("OTM_FAULT_SEEDS", "5"))
    first = int(os.environ.get("OTM_FAULT_SEED") or random.randrange(1 << 30))
    part = os.environ.get("OTM_FAULTS", "")
    print(f"seeds {first} to {first + count - 1}", flush=True)
    return [f for f in faults if part in f.name], list(range(first, first + count))


def report(faults, run):
    """Runs each and prints its row; the exit code."""
    broken = 0
    for fault in faults:
        begin = time.monotonic()
        row = run(fault)
        print(f"{row.text()}  {time.monotonic() - begin:.0f} s", flush=True)
        for sentence in row.broken:
            print(f"   {sentence}", flush=True)
        broken += bool(row.broken)
    return 1 if broken else 0


def one(fault, seeds, program, library):
    address, end_models = models()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR")) as folder:
        stack = HomeStack(folder, program, library, address)
        try:
            stack.start()
            return run_fault(stack, fault, seeds)
        finally:
            stack.end()
            end_models()


def main(program, library):
    faults, seeds = chosen(f for f in FAULTS if f.number not in OF_OTHERS and not f.needs_kafka)
    return report(faults, lambda fault: one(fault, seeds, program, library))


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])))
