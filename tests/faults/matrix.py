"""Runs faults under load, seed after seed, and judges each by the promises that it may break."""

import dataclasses
import http.client
import random
import threading
import time

from tests.faults import invariants
from tests.faults.client import FINAL, Api, Follower, Poster, new_id

POSTERS, FOLLOWERS = 2, 2
RECOVERY_S = 10  # The promise, from the end of the fault to the next answer.
BUSY_S = 20  # What a machine that does much else may need on top; above it the test fails.
GIVE_UP_S = 120  # Nothing moves any more.
BEFORE_S = (0.1, 0.6)  # Of load, before the fault begins.


@dataclasses.dataclass
class Row:
    """What came of one fault."""

    fault: object
    seeds: int = 0
    accepted: int = 0
    failed: int = 0
    cut: int = 0
    resets: int = 0
    twice: int = 0  # States that were told once more, with the same `seq`.
    refused: int = 0  # Posts that got another answer than 202, and were repeated.
    slowest_s: float = 0  # From a post to its 202, the fault included.
    recovery_s: float = 0
    broken: list = dataclasses.field(default_factory=list)

    def text(self):
        verdict = "ok" if not self.broken else "BROKEN"
        return (
            f"{self.fault.number:>2} {self.fault.name:<25} {self.seeds:>3} seeds "
            f"{self.accepted:>5} accepted {self.failed:>3} failed {self.cut:>4} cut "
            f"{self.refused:>3} refused {self.twice:>3} twice {self.resets:>3} resets, "
            f"202 after {self.slowest_s:>4.1f} s, again after {self.recovery_s:>4.1f} s  {verdict}"
        )


class Load:
    """People who use the stack: posters that ask, followers that are told."""

    def __init__(self, stack, seed):
        port = stack.browsers_port()
        self.stack = stack
        self.followers = [Follower(port) for _ in range(FOLLOWERS)]
        self.posters = [
            Poster(Api(port), f"poster {number}", seed + number) for number in range(POSTERS)
        ]
        for thread in (*self.followers, *self.posters):
            thread.start()
        for follower in self.followers:
            if not follower.connected.wait(GIVE_UP_S):
                raise TimeoutError("no event stream before the first fault")

    @property
    def accepted(self):
        found = dict(self.stack.accepted_besides)
        for poster in self.posters:
            found.update(poster.ledger.accepted)
        return found

    def finish(self):
        for poster in self.posters:
            poster.finishing.set()
        for poster in self.posters:
            poster.join(GIVE_UP_S)
            if poster.is_alive():
                raise TimeoutError("a question was never accepted after the last fault")

    def end(self):
        for follower in self.followers:
            follower.ended = True


def told_final(follower, begin):
    """How many ends were told among the events from `begin` on."""
    return sum(1 for _, data in invariants.states(follower.told[begin:]) if data["status"] in FINAL)


def recovery(stack, load):
    """Seconds until a new question is accepted and another answer is told, through the links."""
    heard = [len(follower.told) for follower in load.followers]
    begin = time.monotonic()
    asker = Poster(Api(stack.browsers_port()), "probe", 0)
    thread = threading.Thread(target=asker.ask, args=(new_id(), "back again?"), daemon=True)
    thread.start()
    thread.join(GIVE_UP_S)
    stack.accepted_besides.update(asker.ledger.accepted)
    while thread.is_alive() or not all(
        told_final(follower, before) for follower, before in zip(load.followers, heard)
    ):
        if time.monotonic() > begin + GIVE_UP_S:
            what = "accepted" if thread.is_alive() else "answered, or nobody was told"
            raise TimeoutError(f"{GIVE_UP_S} s after the fault no question is {what}")
        time.sleep(0.02)
    return time.monotonic() - begin


def drain(stack, load):
    """Waits until all that was accepted is final; gives the history."""
    moved, open_before, history = time.monotonic(), None, []
    while True:
        try:
            history = stack.direct().all_prompts()
        except (OSError, http.client.HTTPException, ValueError):
            pass
        done = {prompt["id"] for prompt in history if prompt["status"] in FINAL}
        waiting = set(load.accepted) - done
        if not waiting:
            return history
        if len(waiting) != open_before:
            moved, open_before = time.monotonic(), len(waiting)
        if time.monotonic() > moved + GIVE_UP_S:
            return history  # The judge says what is missing.
        time.sleep(0.2)


def hear(load):
    """Gives the followers time to be told of all that was accepted."""
    end = time.monotonic() + GIVE_UP_S / 2
    while time.monotonic() < end and any(
        list(invariants.one_answer(load.accepted, list(follower.told)))
        for follower in load.followers
    ):
        time.sleep(0.1)


def run_fault(stack, fault, seeds):
    """One fault with each of the seeds, on a stack that runs; gives its Row."""
    row = Row(fault, len(seeds))
    load = Load(stack, seeds[0])
    try:
        for seed in seeds:
            chance = random.Random(f"{seed} {fault.name}")
            time.sleep(chance.uniform(*BEFORE_S))
            what = fault.begin(stack, chance)
            time.sleep(chance.uniform(*fault.hold_s))
            stack.heal()
            took = recovery(stack, load)
            row.recovery_s = max(row.recovery_s, took)
            if took > RECOVERY_S + BUSY_S:
                row.broken.append(f"seed {seed} ({what}): {took:.1f} s to recover")
        load.finish()
        history = drain(stack, load)
        hear(load)
        sum_up(row, load, history)
    except (OSError, RuntimeError) as error:
        row.broken.append(f"{type(error).__name__}: {error}")
    finally:
        load.end()
    row.broken += stack.complaints
    stack.complaints, stack.accepted_besides = [], {}
    if row.broken:
        row.broken += [f"{p.name}: {p.last_words()[-300:]}" for p in stack.processes.values()]
    return row


def sum_up(row, load, history):
    accepted = load.accepted
    told = [list(follower.told) for follower in load.followers]
    row.broken += invariants.judge(accepted, history, told)
    failed = [
        prompt for prompt in history if prompt["id"] in accepted and prompt["status"] == "FAILED"
    ]
    row.accepted, row.failed = len(accepted), len(failed)
    row.cut = sum(poster.ledger.cut for poster in load.posters)
    row.resets = sum(1 for events in told for event in events if event.name == "reset")
    row.twice = sum(invariants.repeats(events)[1] for events in told)
    row.refused = sum(sum(poster.ledger.refused.values()) for poster in load.posters)
    row.slowest_s = max(poster.ledger.slowest_s for poster in load.posters)
    if failed and not row.fault.hits_models:
        row.broken.append(f"{len(failed)} failed, such as {failed[0].get('error')!r}")
