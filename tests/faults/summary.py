"""Adds up what several runs of faults say of themselves.

usage: python3 -m tests.faults.summary LOG...

Prints the sum, and the rows that were broken. Exit 1 when there were any, or when a log has no sum:
its run did not end.
"""

import json
import sys

WORST = ("recovery_s", "slowest_202_s")  # Of which the largest counts.


def add(total, part):
    def both(key, value):
        if key == "faults":
            return sorted({*total.get(key, ()), *value})
        before = total.get(key, 0)
        return max(before, value) if key in WORST else before + value

    return {key: both(key, value) for key, value in part.items()}


def main(paths):
    total, broken = {}, []
    for path in paths:
        with open(path, encoding="utf-8", errors="replace") as log:
            lines = log.read().splitlines()
        sums = [json.loads(line.removeprefix("sum ")) for line in lines if line.startswith("sum {")]
        broken += [f"{path}: {line}" for line in lines if "  BROKEN" in line]
        broken += [] if sums else [f"{path}: did not end"]
        for part in sums:
            total = add(total, part)
    print(json.dumps({**total, "faults": len(total.get("faults", ()))}))
    for line in broken:
        print(line)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
