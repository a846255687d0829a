"""The faults that one process can have, on a real otm-home.

usage: python3 -m tests.faults.home_faults PROGRAM LIBRARY

What the environment asks for: run.py.
"""

import contextlib
import os
import sys
import tempfile

from tests.faults.faults import FAULTS
from tests.faults.home_stack import HomeStack
from tests.faults.run import models, run_all

OF_OTHERS = (3, 4, 15, 16)  # Of a broker or a database that the home edition does not have.


@contextlib.contextmanager
def stack_of(program, library):
    with (
        models() as address,
        tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR")) as folder,
    ):
        stack = HomeStack(folder, program, library, address)
        try:
            stack.start()
            yield stack
        finally:
            stack.end()


def main(program, library):
    faults = [f for f in FAULTS if f.number not in OF_OTHERS and not f.needs_kafka]
    return run_all(faults, lambda: stack_of(program, library))


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])))
