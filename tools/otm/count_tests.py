#!/usr/bin/env python3
"""Counts what `bazel test` did, from its build events, and the steps beside it.

usage: count_tests.py EVENTS.json|FOLDER [STEP=passed|failed]…

A folder holds the events of several runs, one NAME.json each. Prints the failures, one a line, and
at last "N passed, N failed". Exit 0 when something passed and nothing failed. A test that was to be
run but has no passing summary (it did not build, or Bazel was ended before it) counts as failed; so
does a build that failed without naming a test.
"""

import json
import os
import sys

PASSED = {"PASSED", "FLAKY"}


def read_events(path):
    """The events of the file; a last line that was cut is left out."""
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                yield json.loads(line)
            except ValueError:
                continue


def count(events):
    """({test: status}, exit_name) of one `bazel test`; exit_name is None when it did not finish."""
    tests, exit_name = {}, None
    for event in events:
        kind = event.get("id", {})
        if (
            "targetConfigured" in kind
            and event.get("configured", {}).get("testSize", "UNKNOWN") != "UNKNOWN"
        ):
            tests.setdefault(kind["targetConfigured"]["label"], "NO STATUS")
        if "testSummary" in kind and "testSummary" in event:
            tests[kind["testSummary"]["label"]] = event["testSummary"].get(
                "overallStatus", "NO STATUS"
            )
        if "buildFinished" in kind and "finished" in event:
            exit_name = event["finished"].get("exitCode", {}).get("name", "SUCCESS")
    return tests, exit_name


def runs(path):
    """(name, file) of each run; "" for one that was given by itself."""
    if not os.path.isdir(path):
        return [("", path)]
    files = sorted(name for name in os.listdir(path) if name.endswith(".json"))
    return [(name.removesuffix(".json"), os.path.join(path, name)) for name in files]


def judge(path, prefix):
    """{test: passed} of one run, after printing what failed."""
    try:
        tests, exit_name = count(read_events(path))
    except OSError as error:
        tests, exit_name = {}, None
        print(f"FAILED      bazel left no events: {error.strerror}; its messages are above")
    results = {prefix + name: status in PASSED for name, status in tests.items()}
    for name in sorted(tests):
        if not results[prefix + name]:
            print(f"{tests[name]:<11} {prefix}{name}")
    if exit_name not in ("SUCCESS", "TESTS_FAILED") or (exit_name == "SUCCESS" and not tests):
        results[prefix + "bazel"] = False
        print(
            f"FAILED      {prefix}bazel test ended with {exit_name} after {len(tests)} tests; "
            "see above"
        )
    return results


def main(arguments):
    results = {}
    found = runs(arguments[0])
    for name, path in found:
        results.update(judge(path, f"{name}: " if len(found) > 1 else ""))
    for step in arguments[1:]:
        name, _, status = step.rpartition("=")
        results[name] = status == "passed"
        if not results[name]:
            print(f"FAILED      {name}; its messages are above")
    passed = sum(results.values())
    print(f"{passed} passed, {len(results) - passed} failed", flush=True)
    return 0 if passed == len(results) and passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
