#!/usr/bin/env python3
"""How fast councils take questions in, and how their throughput grows with their number.

usage: eval "$(./otm services env)"
       python3 -m tests.bench.council_bench COUNCIL intake|scale [--questions N] [--workers N]
               [--model sim|ollama]

Runs otm-council processes on the real Kafka and the first Mongo-wire server that the environment
names (OTM_TEST_KAFKA_BROKERS, OTM_TEST_MONGO_URLS), which nothing else may use meanwhile; every run
has a database of its own. The model is the simulator: it costs time (15 ms a word) and hardly any
CPU, so that a lane of it is a lane of a model server.

intake   --questions lie in the topic before one council starts: how many a second it stores;
         with --model ollama none is there, so that nothing but the intake is at work
scale    1, 2 and 3 councils of --workers lanes each on a queue that does not get empty: answers a
         second, and how busy the machine's cores were (near 100 the measure says nothing)
"""

import argparse
import json
import os
import re
import secrets
import sys
import tempfile
import time
import urllib.request

from tests.faults.client import new_id
from tests.faults.kafka_wire import Wire
from tests.faults.process import Process
from tests.services.server import free_ports

TOPIC = "otm-home.council.incoming.prompts"
BATCH = 200  # Messages of one request to Kafka.
PATIENCE_S = 300
WINDOW_S = 20  # Over which answers are counted.
COUNCILS = (1, 2, 3)
QUIET_S = 3  # Longer than a consumer takes to join.
NOBODY = "http://127.0.0.1:9"  # The discard port: with --model ollama questions are only stored.
SECONDS_OF_WORK = 0.25  # Of one lane: no answer of the simulator is faster.


class Councils:
    """`count` processes on one new database."""

    def __init__(self, options, folder, count):
        url = os.environ["OTM_TEST_MONGO_URLS"].split()[options.mongo]
        database = "bench_" + secrets.token_hex(6)
        mongo = re.sub(r"/\?", f"/{database}?", url)
        self.processes = []
        for number, port in enumerate(free_ports(count)):
            command = [
                options.council,
                f"--port={port}",
                f"--kafka-brokers={os.environ['OTM_TEST_KAFKA_BROKERS']}",
                f"--owner=council{number}",
                f"--workers={options.workers}",
                f"--mongo-pool={options.workers + 4}",
                "--cache-age=0s",
                f"--model={options.model}",
                f"--ollama-url={NOBODY}",
            ]
            process = Process(f"{database}-{number}", command, port, folder)
            process.environment = {"OTM_MONGO_URL": mongo}
            self.processes.append(process)

    def __enter__(self):
        for process in self.processes:
            process.start()
        for process in self.processes:
            process.wait_ready()
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.end()

    def count(self, metric):
        """The sum of a counter, given with its labels, over all processes."""
        total = 0
        for process in self.processes:
            address = f"http://127.0.0.1:{process.port}/metrics"
            with urllib.request.urlopen(address, timeout=PATIENCE_S) as answer:
                for line in answer.read().decode().splitlines():
                    if line.startswith(metric + " "):
                        total += float(line.rpartition(" ")[2])
        return int(total)

    def cpu_s(self):
        """What all processes have used so far."""
        ticks = 0
        for process in self.processes:
            with open(f"/proc/{process.child.pid}/stat", encoding="ascii") as stat:
                ticks += sum(map(int, stat.read().rpartition(")")[2].split()[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def until(self, metric, least):
        """When the counter was at least that; a monotonic time."""
        end = time.monotonic() + PATIENCE_S
        while self.count(metric) < least:
            if time.monotonic() > end:
                raise TimeoutError(f"{metric} stays below {least}")
            time.sleep(0.02)
        return time.monotonic()


TAKEN = 'council_intake_messages_total{outcome="taken"}'
COMPLETED = 'council_prompts_total{outcome="completed"}'
RELAYED = "council_relay_events_total"


def produce(count):
    """Puts different questions into the topic."""
    wire = Wire(int(os.environ["OTM_TEST_KAFKA_BROKERS"].rpartition(":")[2]))
    for begin in range(0, count, BATCH):
        wire.produce(
            TOPIC,
            [
                json.dumps(
                    {
                        "id": new_id(),
                        "prompt": f"What is {number} plus {secrets.randbelow(10**9)}?",
                        "preset": "quick",
                    }
                ).encode()
                for number in range(begin, min(count, begin + BATCH))
            ],
        )
    wire.close()


def busy():
    """(busy, all) ticks of the machine's cores so far."""
    with open("/proc/stat", encoding="ascii") as lines:
        ticks = [int(word) for word in lines.readline().split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def drain(options, folder):
    """Makes the topics, and takes what an earlier run has left in them."""
    with Councils(options, folder, 1) as councils:
        before = -1
        while before != councils.count(TAKEN):
            before = councils.count(TAKEN)
            time.sleep(QUIET_S)


def intake(options, folder):
    drain(options, folder)
    produce(options.questions)
    with Councils(options, folder, 1) as councils:
        begin = councils.until(TAKEN, 1)
        first, cpu = councils.count(TAKEN), councils.cpu_s()
        taken = councils.until(TAKEN, options.questions) - begin
        cpu = councils.cpu_s() - cpu
        relayed = councils.until(RELAYED, options.questions) - begin
    yield "questions stored", (options.questions - first) / taken, "/s"
    yield "CPU of the council for 1,000 of them", 1000 * cpu / (options.questions - first), "s"
    yield "until each of them was told", relayed, "s"


def scale(options, folder):
    rates = {}
    for count in COUNCILS:
        most = int(count * options.workers * (WINDOW_S + 10) / SECONDS_OF_WORK)
        produce(min(most, options.questions))
        with Councils(options, folder, count) as councils:
            councils.until(COMPLETED, 2 * count * options.workers)  # All lanes are at work.
            begin, first, ticks = time.monotonic(), councils.count(COMPLETED), busy()
            time.sleep(WINDOW_S)
            answers, now = councils.count(COMPLETED) - first, busy()
            rates[count] = answers / (time.monotonic() - begin)
            used = 100 * (now[0] - ticks[0]) / (now[1] - ticks[1])
        yield f"answers of {count} council(s)", rates[count], f"/s, cores {used:.0f} % busy"
        yield f"ratio to 1 council, {count}", rates[count] / rates[1], "x"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("council")
    parser.add_argument("scenario", choices=("intake", "scale"))
    parser.add_argument("--questions", type=int, default=5000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--model", choices=("sim", "ollama"), default="sim")
    parser.add_argument("--mongo", type=int, default=-1, help="which of OTM_TEST_MONGO_URLS")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure = intake if options.scenario == "intake" else scale
        for what, value, unit in measure(options, folder):
            print(f"{what:40} {value:10.2f} {unit}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
