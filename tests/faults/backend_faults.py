"""All faults on portal, two councils and notifier, with a real Kafka and Mongo-wire server.

usage: python3 -m tests.faults.backend_faults PORTAL COUNCIL NOTIFIER LIBRARY

What the environment asks for: run.py.
"""

import contextlib
import os
import sys
import tempfile

from tests.faults.backend_stack import BackendStack
from tests.faults.faults import FAULTS
from tests.faults.run import models, run_all


@contextlib.contextmanager
def stack_of(programs, library):
    with (
        models() as address,
        tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR")) as folder,
    ):
        stack = BackendStack(folder, programs, library, address)
        try:
            stack.start()
            yield stack
        finally:
            stack.end()


def main(portal, council, notifier, library):
    programs = {"portal": portal, "council": council, "notifier": notifier}
    return run_all(FAULTS, lambda: stack_of(programs, library))


if __name__ == "__main__":
    sys.exit(main(*map(os.path.abspath, sys.argv[1:])))
