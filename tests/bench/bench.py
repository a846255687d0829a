#!/usr/bin/env python3
"""The figures of docs/benchmarks.md, measured: a table on stderr, JSON on stdout or in a file.

usage: ./otm bench [--json FILE] [--full]

--full adds what takes long: fetching with empty caches, clean builds, and the whole test.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from home_driver import Events, Home, new_id, until  # noqa: E402

STARTS = 20
POSTS = 200
NULL_BUILDS = 5
IDLE_S = 5
MB = 1024 * 1024
UNLIMITED = ("--prompts-per-hour", "1000000")


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def seconds(command, **options):
    """How long the command takes; raises with its last lines when it fails."""
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}: {done.stderr[-500:]}")
    return time.monotonic() - start


class Bench:
    """Each method gives rows (figure, value, unit, goal); goal None is for information."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder

    def home(self, name):
        return Home(self.options.program, os.path.join(self.folder, name), *UNLIMITED)

    def binary(self):
        stripped = os.path.join(self.folder, "stripped")
        subprocess.run(["strip", "-o", stripped, self.options.program], check=True)
        yield "otm-home, stripped", os.path.getsize(stripped) / MB, "MB", 16

    def start(self):
        times = []
        for number in range(STARTS):
            home = self.home(f"start{number}")
            begin = time.monotonic()
            home.start()
            status, _ = home.request("GET", "/healthz")
            times.append((time.monotonic() - begin) * 1000)
            assert status == 200, status
            home.kill()
        yield f"start to first 200, median of {STARTS}", percentile(times, 0.5), "ms", 100
        yield f"start to first 200, worst of {STARTS}", max(times), "ms", None

    def idle(self):
        home = self.home("idle").start()
        time.sleep(IDLE_S)
        with open(f"/proc/{home.process.pid}/status", encoding="ascii") as lines:
            fields = dict(line.split(":", 1) for line in lines)
        home.stop()
        yield "resident memory, idle", int(fields["VmRSS"].split()[0]) / 1024, "MB", 20

    def first_event(self):
        """From the moment that the POST is sent until the stream tells of the prompt."""
        home = self.home("events").start()
        arrivals, told = {}, threading.Condition()

        class Timed(Events):
            class Noting(list):
                def append(self, event):
                    data = event[2].get("data", {})
                    with told:
                        arrivals.setdefault(
                            data.get("id") or event[2].get("runId"), time.monotonic()
                        )
                        told.notify_all()

            def run(self):
                self.events = self.Noting()
                super().run()

        stream = Timed(home)
        stream.start()
        until(stream.connected.is_set, "the event stream is open")
        times = []
        for number in range(POSTS):
            prompt_id = new_id()
            begin = time.monotonic()
            home.ask(f"question {number}", prompt_id)
            with told:
                if not told.wait_for(lambda: prompt_id in arrivals, 60):
                    raise TimeoutError("no event in 60 s")
            times.append((arrivals[prompt_id] - begin) * 1000)
            home.request("POST", f"/api/prompts/{prompt_id}/cancel", {})
        stream.ended = True
        home.kill()
        yield f"POST to first SSE frame, p99 of {POSTS}", percentile(times, 0.99), "ms", 20
        yield f"POST to first SSE frame, median of {POSTS}", percentile(times, 0.5), "ms", None

    def null_build(self):
        command = [self.options.bazel, "build", "//:home"]
        seconds(command)
        yield "null build", min(seconds(command) for _ in range(NULL_BUILDS)), "s", 1

    def second_start(self):
        data = os.path.join(self.folder, "second")
        up = ["./otm", "up", "--detach", "--data", data, "--port", "0", "--model", "sim"]
        down = ["./otm", "down", "--data", data]
        seconds(up)
        seconds(down)
        taken = seconds(up)
        seconds(down)
        yield "second ./otm up, until it answers", taken, "s", 2

    def full(self):
        """Of the last commit, in a clone: a second output folder in one checkout would have Bazel
        read the first one's bazel-NAME link as packages."""
        clone = os.path.join(self.folder, "clone")
        seconds(["git", "clone", "--quiet", self.options.root, clone])
        caches = [f"--repository_cache={self.folder}/repository", "--disk_cache="]
        bazel = [self.options.bazel, f"--output_base={self.folder}/base"]
        yield "cold fetch of all that the tree needs", seconds(
            [*bazel, "fetch", caches[0], "//..."], cwd=clone
        ), "s", 90
        yield "clean build of otm-home", seconds(
            [*bazel, "build", *caches, "//:home"], cwd=clone
        ) / 60, "min", 4
        seconds([*bazel, "clean"], cwd=clone)
        # Without clang-tidy's reports, which are no build but the work of a test.
        yield "clean build of everything, both architectures", seconds(
            [*bazel, "build", *caches, "--", "//...", "-//tools:tidy_test"], cwd=clone
        ) / 60, "min", 10
        subprocess.run([*bazel, "shutdown"], cwd=clone, check=False)
        seconds(["./otm", "test"])
        yield "./otm test, warm", seconds(["./otm", "test"]) / 60, "min", 5


def main():
    parser = argparse.ArgumentParser()
    for name in ("--root", "--program", "--bazel"):
        parser.add_argument(name, required=True)
    parser.add_argument("--json")
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args()
    os.chdir(options.root)
    os.environ["OTM_BAZEL"] = options.bazel
    folder = tempfile.mkdtemp(prefix="otm-bench-")
    bench = Bench(options, folder)
    parts = [
        bench.binary,
        bench.start,
        bench.idle,
        bench.first_event,
        bench.null_build,
        bench.second_start,
    ]
    rows = []
    try:
        for part in parts + ([bench.full] if options.full else []):
            for figure, value, unit, goal in part():
                good = goal is None or value <= goal
                rows.append(
                    {
                        "figure": figure,
                        "value": round(value, 2),
                        "unit": unit,
                        "goal": goal,
                        "met": good,
                    }
                )
                aim = "" if goal is None else f"  (goal {goal} {unit}{'' if good else ', missed'})"
                print(f"{figure:<50} {value:9.2f} {unit}{aim}", file=sys.stderr, flush=True)
    finally:
        subprocess.run(["chmod", "-R", "u+w", folder], check=False)
        shutil.rmtree(folder, ignore_errors=True)
    report = json.dumps(
        {"machine": f"{platform.machine()}, {os.cpu_count()} cores", "rows": rows}, indent=2
    )
    if options.json:
        with open(options.json, "w", encoding="ascii") as file:
            file.write(report + "\n")
    else:
        print(report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
