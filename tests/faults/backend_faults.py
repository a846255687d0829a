"""All faults on portal, two councils and notifier, with a real Kafka and Mongo-wire server.

usage: python3 -m tests.faults.backend_faults PORTAL COUNCIL NOTIFIER LIBRARY

OTM_FAULT_SEEDS (5) runs of each, OTM_FAULT_SEED (by chance) the first, OTM_FAULTS a part of the
names. Servers and processes serve all of it: what one fault leaves behind is the next one's start.
"""

import os
import sys
import tempfile

from tests.faults.backend_stack import BackendStack
from tests.faults.faults import FAULTS
from tests.faults.home_faults import chosen, models, report
from tests.faults.matrix import run_fault


def main(portal, council, notifier, library):
    programs = {"portal": portal, "council": council, "notifier": notifier}
    address, end_models = models()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR")) as folder:
        stack = BackendStack(folder, programs, library, address)
        try:
            stack.start()
            faults, seeds = chosen(FAULTS)
            return report(faults, lambda fault: run_fault(stack, fault, seeds))
        finally:
            stack.end()
            end_models()


if __name__ == "__main__":
    sys.exit(main(*map(os.path.abspath, sys.argv[1:])))
