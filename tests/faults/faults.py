"""The faults of the design's table, by number, as things done to a stack (home_stack.py).

A fault begins, is held for a while under load, and ends; Stack.heal() undoes whatever it did.
"""

import dataclasses
import typing

from tests.faults.inputs import flood, poison, poison_topic
from tests.faults.proxy import DOWN, UP

SHORT = (0.5, 2.0)  # Seconds that most faults last: long enough to hit something under load.
LONG = (9.0, 11.0)  # Longer than a lease (8 s), so that another one takes the work over.
SLOW_NET = (2.0, 5.0)  # Long enough for connections to be made anew, on such a network.
HELD = (3.0, 5.0)  # Longer than the 2 s after which a portal takes its disk instead of Kafka.
PARTITION_FULL_S = 20  # Long enough for connects that are tried ever less often.
FREEZE_FULL_S, BROKER_FULL_S, PRIMARY_FULL_S = 30, 60, 30  # Once of ten, as the design says.
SLOW_S = 2.0
NARROW_BYTES_PER_S = 64_000
SEED_S = 2  # What a seed takes beside its fault: load before it, recovery after it.


@dataclasses.dataclass(frozen=True)
class Fault:
    """One row of the table; `begin(stack, chance)` says what it did, for the report."""

    number: int
    name: str
    begin: typing.Callable
    hold_s: tuple = SHORT
    full_s: float = 0  # How long it is held once of FULL_EVERY seeds, instead; 0: like the others.
    hits_models: bool = False  # Then a run may end as FAILED, and say why.
    needs_kafka: bool = False
    more_s: float = 0  # What a seed takes besides, about: a JVM's start, many answers.

    @property
    def calm(self):
        """Whether it lasts so long that people ask less: all of it has to be answered after it."""
        return self.hold_s[0] >= HELD[0] or self.more_s > 0

    @property
    def weight_s(self):
        """What it costs with five seeds, for a fair share of each shard."""
        return 5 * (sum(self.hold_s) / 2 + SEED_S + self.more_s) + self.full_s


def any_link(change):
    """A fault of one connection between two parts; each has its turn."""

    def begin(stack, chance):
        name = chance.pick(sorted(stack.links))
        change(stack.links[name], chance)
        return name

    return begin


def of_links(prefix, change):
    """A fault of all connections whose name begins so."""

    def begin(stack, chance):
        names = [name for name in sorted(stack.links) if name.startswith(prefix)]
        for name in names:
            change(stack.links[name], chance)
        return " ".join(names)

    return begin


def packets(harm, toxics):
    """A bad network under all connections; where there can be none, what it is to their streams."""

    def begin(stack, _):
        if stack.net is None:
            for link in stack.links.values():
                link.set("both", **toxics)
            return "streams"
        stack.net.harm(**harm)
        for link in stack.links.values():
            link.go_by(("127.0.0.1", stack.net.route(link.upstream)))
        return "packets"

    return begin


def kill(stack, chance):
    name = chance.pick(sorted(stack.processes))
    stack.processes[name].kill()
    return name


def stop(stack, chance):
    name = chance.pick(sorted(stack.processes))
    code = stack.processes[name].stop()
    return f"{name}, exit {code}" if code == 0 else stack.complain(f"{name} stopped with {code}")


def freeze(stack, chance):
    name = chance.pick(sorted(stack.processes))
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


def write_errors(stack, chance):
    kind = chance.pick((91, 112, "lost"))
    stack.errors.arm(kind)
    return str(kind)


def step_down(stack, chance):
    """The server stays, but is no primary: it refuses every write until it is elected again."""
    kind = chance.pick((10107, 189))
    stack.errors.arm(kind, share=1)
    return str(kind)


def disk(change):
    def begin(stack, chance):
        change(stack.disk, chance)
        return stack.disk.folder.rsplit("/", 1)[-1]

    return begin


def disk_while_kafka_is_away(change):
    """What the portal accepts has to go to its disk, and that fails."""

    def begin(stack, chance):
        stack.links["kafka-portal"].down()
        change(stack.disk, chance)
        return "spool"

    return begin


def clock(stack, chance):
    name = chance.pick(sorted(stack.clocks))
    by_s = chance.choice((3600, -3600))
    stack.clocks[name].clock_jumps(by_s)
    return f"{name} {by_s:+} s"


FAULTS = (
    Fault(1, "kill -9", kill),
    Fault(1, "stop", stop),
    Fault(2, "SIGSTOP", freeze, LONG, FREEZE_FULL_S),
    Fault(
        3,
        "broker down",
        of_links("kafka", lambda link, _: link.down()),
        full_s=BROKER_FULL_S,
    ),
    Fault(3, "broker killed", kill_server("kafka"), more_s=12),
    Fault(3, "broker frozen", freeze_server("kafka"), LONG, FREEZE_FULL_S),
    Fault(4, "broker slow", of_links("kafka", lambda link, _: link.set("both", latency_s=SLOW_S))),
    Fault(
        5,
        "partition",
        of_links("", lambda link, _: link.unreachable()),
        full_s=PARTITION_FULL_S,
    ),
    Fault(6, "half-open", any_link(lambda link, _: link.half_open()), hits_models=True),
    Fault(
        7,
        "one-way partition",
        any_link(lambda link, chance: link.partition(chance.choice((UP, DOWN)))),
        hits_models=True,
    ),
    Fault(8, "loss 10%", packets({"loss": 0.1}, {"loss": 0.1}), SLOW_NET),
    Fault(9, "corrupt 1%", packets({"corrupt": 0.01}, {"loss": 0.01}), SLOW_NET),
    Fault(
        10,
        "reorder, double",
        packets({"double": 0.1, "late": 0.3, "late_s": 0.1}, {"jitter_s": 0.2}),
        SLOW_NET,
    ),
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
            lambda link, chance: link.set(
                chance.choice((UP, DOWN)), cut_after=chance.randrange(1, 2000)
            )
        ),
        hits_models=True,
    ),
    Fault(14, "one byte a write", any_link(lambda link, _: link.set("both", slice_bytes=1))),
    Fault(
        15,
        "primary down",
        of_links("mongo", lambda link, _: link.down()),
        full_s=PRIMARY_FULL_S,
    ),
    Fault(15, "primary killed", kill_server("mongo"), more_s=4),
    Fault(15, "primary frozen", freeze_server("mongo"), LONG, FREEZE_FULL_S, more_s=4),
    Fault(15, "primary steps down", step_down),
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
        of_links("models", lambda link, chance: link.set(DOWN, cut_after=chance.randrange(1, 700))),
        hits_models=True,
    ),
    Fault(19, "disk full", disk(lambda disk, _: disk.disk_full())),
    Fault(20, "read-only", disk(lambda disk, _: disk.read_only())),
    Fault(21, "EIO on fsync", disk(lambda disk, _: disk.sync_fails())),
    Fault(
        19,
        "disk full, Kafka away",
        disk_while_kafka_is_away(lambda disk, _: disk.disk_full()),
        HELD,
        needs_kafka=True,
    ),
    Fault(
        20,
        "read-only, Kafka away",
        disk_while_kafka_is_away(lambda disk, _: disk.read_only()),
        HELD,
        needs_kafka=True,
    ),
    Fault(
        21,
        "EIO on fsync, Kafka away",
        disk_while_kafka_is_away(lambda disk, _: disk.sync_fails()),
        HELD,
        needs_kafka=True,
    ),
    Fault(22, "clock jumps an hour", clock),
    Fault(23, "poison", poison, (0, 0)),
    Fault(23, "poison in the topic", poison_topic, (0, 0), needs_kafka=True),
    Fault(24, "flood", flood, (0, 0), more_s=15),
    Fault(0, "connections reset", any_link(lambda link, _: link.reset()), hits_models=True),
    Fault(
        0,
        "every connection reset",
        any_link(lambda link, _: link.reset_each()),
        hits_models=True,
    ),
)
