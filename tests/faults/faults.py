"""The faults of the design's table, by number, as things done to a stack (stack.py).

A fault begins, is held for a while under load, and ends; Stack.heal() undoes whatever it did. What
is not there is in NOT_HERE, with the reason.
"""

import dataclasses
import http.client
import time
import typing

from tests.faults.client import new_id
from tests.faults.kafka_wire import Wire
from tests.faults.proxy import DOWN, UP

SHORT = (0.5, 2.0)  # Seconds that most faults last: long enough to hit something under load.
LONG = (7.0, 9.0)  # Longer than a lease, so that another one takes the work over.
SLOW_S = 2.0
NARROW_BYTES_PER_S = 64_000
BODY_BYTES_TOO_MANY = 1_100_000
FLOOD = 200  # Questions at once, with each seed; the whole flood of 10,000 is bench's.
DEEP = 20_000  # Brackets in a poisonous message.


@dataclasses.dataclass(frozen=True)
class Fault:
    """One row of the table; `begin(stack, random)` says what it did, for the report."""

    number: int
    name: str
    begin: typing.Callable
    hold_s: tuple = SHORT
    hits_models: bool = False  # Then a run may end as FAILED, and say why.
    needs_kafka: bool = False


def any_link(change):
    """A fault of one connection between two parts, chosen by chance."""

    def begin(stack, random):
        name = random.choice(sorted(stack.links))
        change(stack.links[name], random)
        return name

    return begin


def of_links(prefix, change):
    """A fault of all connections whose name begins so."""

    def begin(stack, random):
        names = [name for name in sorted(stack.links) if name.startswith(prefix)]
        for name in names:
            change(stack.links[name], random)
        return " ".join(names)

    return begin


def kill(stack, random):
    name = random.choice(sorted(stack.processes))
    stack.processes[name].kill()
    return name


def stop(stack, random):
    name = random.choice(sorted(stack.processes))
    code = stack.processes[name].stop()
    return f"{name}, exit {code}" if code == 0 else stack.complain(f"{name} stopped with {code}")


def freeze(stack, random):
    name = random.choice(sorted(stack.processes))
    stack.processes[name].pause()
    return name


def kill_server(name):
    """kill -9 of the real server; Stack.heal() starts it again."""

    def begin(stack, _):
        stack.servers[name].kill()
        return name

    return begin


def freeze_server(name):
    def begin(stack, _):
        stack.servers[name].pause()
        return name

    return begin


def write_errors(stack, random):
    kind = random.choice((91, 112, "lost"))
    stack.errors.arm(kind)
    return str(kind)


def disk(change):
    def begin(stack, random):
        change(stack.disk, random)
        return stack.disk.folder.rsplit("/", 1)[-1]

    return begin


POISON = (
    ('{"prompt": "cut', (400,)),
    ("[]", (400,)),
    ('{"id": 7, "prompt": "a number for an id"}', (400,)),
    ('{"prompt": {"text": "an object"}}', (400,)),
    ('{"prompt": ""}', (400,)),
    ('{"prompt": "x", "discussionTimeMs": "soon"}', (400,)),
    ("[" * DEEP + "]" * DEEP, (400,)),
    ('{"prompt": "' + "x" * BODY_BYTES_TOO_MANY + '"}', (413,)),
    ('{"prompt": "\xff"}', (400,)),
)


def poison(stack, random):
    """Every bad message is refused with a reason, and the next good one is served at once."""
    api = stack.direct()
    for body, wanted in random.sample(POISON, len(POISON)):
        try:
            headers = {"Content-Type": "application/json"}
            status, _, reply = api.request("POST", "/api/prompts", body.encode("latin-1"), headers)
        except (OSError, http.client.HTTPException) as error:
            # A body that is refused before it was read may be cut; the refusal is lost with it.
            if len(body) < BODY_BYTES_TOO_MANY:
                stack.complain(f"{body[:40]!r} was cut: {error}")
            continue
        if status not in wanted or not (isinstance(reply, dict) and reply.get("detail")):
            stack.complain(f"{body[:40]!r} gave {status} {str(reply)[:80]}")
    return f"{len(POISON)} kinds"


INCOMING = "otm-home.council.incoming.prompts"
DEAD_LETTERS_S = 30  # Three tries with pauses between, of all kinds.
POISON_OF_KAFKA = (
    b"{",
    b"[]",
    b'"a text alone"',
    None,
    b"\xff\xfe",
    b'{"discussionTimeMs": 60000}',
    b'{"prompt": 7}',
    b'{"prompt": "x", "id": {"$oid": "5"}}',
    b'{"prompt": "x", "createdAt": "-5"}',
    b"[" * DEEP + b"]" * DEEP,
    b'{"prompt": "' + b"x" * 900_000 + b'"}',
)


def poison_topic(stack, random):
    """What no portal would send ends as dead letters, one each, and holds up nobody."""
    wire = Wire(stack.kafka.port("plaintext"))
    try:
        before = wire.end_offset(INCOMING + ".dlq")
        for value in random.sample(POISON_OF_KAFKA, len(POISON_OF_KAFKA)):
            wire.produce(INCOMING, [value])
        end = time.monotonic() + DEAD_LETTERS_S
        count = 0
        while count < len(POISON_OF_KAFKA) and time.monotonic() < end:
            time.sleep(0.05)
            count = wire.end_offset(INCOMING + ".dlq") - before
        if count != len(POISON_OF_KAFKA):
            stack.complain(f"{len(POISON_OF_KAFKA)} poisonous messages, {count} dead letters")
        return f"{count} dead letters"
    finally:
        wire.close()


def flood(stack, random):
    """More than can be answered at once: all are accepted, or refused with the time to wait."""
    api, accepted = stack.direct(), 0
    for number in range(FLOOD):
        body = {"id": new_id(), "prompt": f"flood {number}", "preset": "quick"}
        status, headers, reply = api.request("POST", "/api/prompts", body)
        if status == 202:
            stack.accepted_besides[reply["id"]] = body["prompt"]
            accepted += 1
        elif status not in (429, 503) or not headers.get("Retry-After"):
            stack.complain(f"the flood was answered with {status} {str(reply)[:80]}")
    return f"{accepted} of {FLOOD} accepted"


FAULTS = (
    Fault(1, "kill -9", kill),
    Fault(1, "stop", stop),
    Fault(2, "SIGSTOP", freeze, LONG),
    Fault(3, "broker down", of_links("kafka", lambda link, _: link.down())),
    Fault(3, "broker killed", kill_server("kafka")),
    Fault(3, "broker frozen", freeze_server("kafka"), LONG),
    Fault(4, "broker slow", of_links("kafka", lambda link, _: link.set("both", latency_s=SLOW_S))),
    Fault(5, "partition", of_links("", lambda link, _: link.partition())),
    Fault(6, "half-open", any_link(lambda link, _: link.half_open()), hits_models=True),
    Fault(
        7,
        "one-way partition",
        any_link(lambda link, random: link.partition(random.choice((UP, DOWN)))),
        hits_models=True,
    ),
    Fault(8, "loss 10%", of_links("", lambda link, _: link.set("both", loss=0.1))),
    Fault(9, "corrupt 1%", of_links("", lambda link, _: link.set("both", loss=0.01))),
    Fault(10, "reorder", of_links("", lambda link, _: link.set("both", jitter_s=0.2))),
    Fault(
        11,
        "64 kB/s",
        any_link(lambda link, _: link.set("both", bytes_per_s=NARROW_BYTES_PER_S)),
    ),
    Fault(12, "slow close", any_link(lambda link, _: link.set("both", close_delay_s=1.0))),
    Fault(
        13,
        "cut mid-frame",
        any_link(
            lambda link, random: link.set(
                random.choice((UP, DOWN)), cut_after=random.randrange(1, 2000)
            )
        ),
        hits_models=True,
    ),
    Fault(14, "one byte a write", any_link(lambda link, _: link.set("both", slice_bytes=1))),
    Fault(15, "primary down", of_links("mongo", lambda link, _: link.down())),
    Fault(15, "primary killed", kill_server("mongo")),
    Fault(15, "primary frozen", freeze_server("mongo"), LONG),
    Fault(16, "write errors of MongoDB", write_errors),
    Fault(
        17,
        "models hang",
        of_links("models", lambda link, _: link.partition(DOWN)),
        hits_models=True,
    ),
    Fault(
        18,
        "truncated JSON of models",
        of_links("models", lambda link, random: link.set(DOWN, cut_after=random.randrange(1, 700))),
        hits_models=True,
    ),
    Fault(19, "disk full", disk(lambda disk, _: disk.disk_full())),
    Fault(20, "read-only", disk(lambda disk, _: disk.read_only())),
    Fault(21, "EIO on fsync", disk(lambda disk, _: disk.sync_fails())),
    Fault(
        22,
        "clock jumps an hour",
        disk(lambda disk, random: disk.clock_jumps(random.choice((3600, -3600)))),
    ),
    Fault(23, "poison", poison, (0, 0)),
    Fault(23, "poison in the topic", poison_topic, (0, 0), needs_kafka=True),
    Fault(24, "flood", flood, (0, 0)),
    Fault(0, "connections reset", any_link(lambda link, _: link.reset()), hits_models=True),
    Fault(
        0,
        "every connection reset",
        any_link(lambda link, _: link.reset_each()),
        hits_models=True,
    ),
)
