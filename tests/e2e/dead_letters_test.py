#!/usr/bin/env python3
"""Dead letters on real servers: poison in the topic, `ops dlq`, and the next question at once.

usage: dead_letters_test.py COUNCIL NOTIFIER PORTAL OPS

OTM_TEST_KAFKA_BROKERS and OTM_TEST_MONGO_URLS say where real servers are; the first MongoDB-wire
server is enough here. The poison is written by hand: no client library would send it.
"""

import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.getcwd())
from distributed_driver import Edition, needed  # noqa: E402
from home_driver import is_final, new_id, until  # noqa: E402
from tests.faults.kafka_wire import Wire  # noqa: E402

INCOMING = "otm-home.council.incoming.prompts"
NEXT_S = 10  # A question behind the poison; the simulator takes 1.6 s of it.
EXIT_USAGE, EXIT_INVALID, EXIT_NOT_FOUND, EXIT_DONE_BEFORE = 64, 65, 66, 73


def poison_kinds(token):
    """Each has the token in it, so that it is found among the letters of others."""
    mark = token.encode()
    return {
        "invalid JSON": b"{" + mark,
        "wrong type": b'["' + mark + b'"]',
        "number as prompt": b'{"prompt": 7, "note": "' + mark + b'"}',
        "missing prompt": b'{"discussionTimeMs": 60000, "note": "' + mark + b'"}',
        "foreign id": b'{"prompt": "x", "id": {"$oid": "5"}, "note": "' + mark + b'"}',
        "negative time": b'{"prompt": "x", "createdAt": "-5", "note": "' + mark + b'"}',
        "invalid UTF-8": b'{"prompt": "\xff' + mark + b'"}',
        "NUL": b'{"prompt": "\0' + mark + b'"}',
        "escapes": b"\x1b[2J\x1b]0;owned\x07" + mark,
        "deep nesting": b"[" * 20_000 + mark,
        "1.1 MB": b'{"prompt": "' + mark + b"x" * 1_100_000 + b'"}',
    }


class Ops:
    def __init__(self, program, brokers):
        self.program = program
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("OTM_", "BACKEND_"))}
        self.environment = {**clean, "BACKEND_KAFKA_BROKERS": brokers}

    def dlq(self, *args, code=0):
        """(stdout, stderr); the exit code must be the one that is expected."""
        done = subprocess.run(
            [self.program, "dlq", *args], env=self.environment, capture_output=True, check=False
        )
        assert done.returncode == code, (args, done.returncode, done.stdout, done.stderr)
        for text in (done.stdout, done.stderr):
            assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", text), (args, text[:200])
        return done.stdout.decode(), done.stderr.decode()

    def open_letters(self, token):
        """{bytes of the original: summary} of the open letters with this token."""
        out, _ = self.dlq("list", "--json", "--limit", "1000")
        found = {}
        for summary in json.loads(out)["letters"]:
            shown = json.loads(self.dlq("show", summary["id"], "--json")[0])
            value = (
                shown["value"].encode() if "value" in shown else bytes.fromhex(shown["valueHex"])
            )
            if token.encode() in value:
                assert value not in found, "one message, two letters"
                found[value] = summary
        return found


def metric(service, name):
    with urllib.request.urlopen(f"http://127.0.0.1:{service.port}/metrics") as reply:
        for line in reply.read().decode().splitlines():
            if line.startswith(name + " "):
                return float(line.rsplit(" ", 1)[1])
    raise AssertionError(f"no metric {name}")


def drive(edition, ops, wire):
    token = secrets.token_hex(8)
    kinds = poison_kinds(token)
    good = new_id()
    began = time.monotonic()
    for value in kinds.values():
        wire.produce(INCOMING, [value])
    wire.produce(INCOMING, [json.dumps({"id": good, "prompt": "next " + token}).encode()])
    until(lambda: is_final(edition.portal.prompt(good)), "the next question is answered")
    took = time.monotonic() - began
    assert edition.portal.prompt(good)["status"] == "COMPLETED", edition.portal.prompt(good)
    print(f"  {len(kinds)} kinds of poison, the question behind after {took:.1f} s", flush=True)
    assert took < NEXT_S, took

    letters = ops.open_letters(token)
    for kind, value in kinds.items():
        assert value in letters, f"{kind} is no dead letter with its bytes"
        letter = letters[value]
        assert letter["reason"] == "unreadable" and letter["error"], letter
        assert letter["topic"] == INCOMING and letter["tries"] == 1, letter
        assert letter["service"] == "otm-council" and letter["offset"] >= 0, letter
    assert len(letters) == len(kinds)
    poison = metric(edition.council, 'council_intake_messages_total{outcome="poison"}')
    assert poison >= len(kinds), poison
    with open(edition.council.log, encoding="utf-8") as log:
        assert any('"prompt.poison"' in line and "ops dlq list" in line for line in log)
    hostile = letters[kinds["escapes"]]["id"]
    assert r"\x1b[2J" in ops.dlq("show", hostile)[0]

    # Sent again before anything was set right, it is a letter again, and says so.
    first = letters[kinds["wrong type"]]["id"]
    ops.dlq("requeue", first)
    until(
        lambda: any(letter["requeued"] == 1 for letter in ops.open_letters(token).values()),
        "it is a letter again",
        0.5,
    )
    ops.dlq("requeue", first, code=EXIT_DONE_BEFORE)
    ops.dlq("requeue", letters[kinds["1.1 MB"]]["id"], code=EXIT_INVALID)  # No topic takes it.
    ops.dlq("show", "0-999999999", code=EXIT_NOT_FOUND)
    ops.dlq("discard", "--all", code=EXIT_USAGE)
    for letter in ops.open_letters(token).values():
        ops.dlq("discard", letter["id"])
    assert not ops.open_letters(token)
    requeue_after_a_fix(edition, ops, wire)


def requeue_after_a_fix(edition, ops, wire):
    """An id that is taken; once it is free, the letter is a question like any other."""
    token = secrets.token_hex(8)
    taken = edition.portal.ask("the first one", preset="quick")
    edition.portal.answer(taken)
    second = "the second one " + token
    wire.produce(INCOMING, [json.dumps({"id": taken, "prompt": second}).encode()])
    until(lambda: ops.open_letters(token), "the second one is a letter", 0.2)
    (letter,) = ops.open_letters(token).values()
    assert letter["reason"] == "conflict", letter
    assert edition.portal.prompt(taken)["prompt"] == "the first one"
    status, reply = edition.portal.request("DELETE", "/api/prompts/" + taken)
    assert status in (200, 204), (status, reply)
    out, _ = ops.dlq("requeue", letter["id"])
    assert out == "1 letter requeued\n", out
    until(lambda: is_final(edition.portal.prompt(taken)), "the second one is answered")
    answered = edition.portal.prompt(taken)
    assert answered["status"] == "COMPLETED" and answered["prompt"] == second, answered
    assert not ops.open_letters(token)
    print("  requeued after its cause was gone: answered", flush=True)


def main(programs):
    brokers = needed("OTM_TEST_KAFKA_BROKERS")
    mongo_url = needed("OTM_TEST_MONGO_URLS").split()[0]
    with tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR")) as folder:
        edition = Edition(programs[:3], folder, mongo_url)
        wire = None
        try:
            edition.start()
            wire = Wire(int(brokers.split(",")[0].rsplit(":", 1)[1]))
            drive(edition, Ops(programs[3], brokers), wire)
        except Exception:
            for service in edition.services:
                if os.path.exists(service.log):
                    print(f"--- {service.name}: {service.last_words()}", flush=True)
            raise
        finally:
            if wire:
                wire.close()
            edition.stop()


if __name__ == "__main__":
    main([os.path.abspath(program) for program in sys.argv[1:5]])
