"""Runs faults under load, seed after seed, and judges each by the promises that it may break."""

import dataclasses
import http.client
import random
import statistics
import threading
import time

from tests.faults import invariants
from tests.faults.client import FINAL, Api, Follower, Poster, new_id
from tests.faults.machine import Stopwatch

POSTERS, FOLLOWERS = 2, 2
RECOVERY_S = 10  # The promise, from the end of the fault to the next answer.
RECOVERY_MAX_S = 30  # Of the wall, however busy the machine is.
MEDIAN_OF = 3  # So many seeds have a median that one bad moment does not make.
GIVE_UP_S = 120  # Nothing moves any more.
BEFORE_S = (0.1, 0.6)  # Of load, before the fault begins.
FULL_EVERY = 10  # The first of so many seeds lasts as long as the design says.
PAUSE_S = (0.1, 0.5)  # Between two questions of a poster.
CALM_PAUSE_S = (0.5, 2.0)  # While a fault lasts long: what was asked has to be answered after it.


class Chance(random.Random):
    """What a seed decides. Seeds that follow each other take turns, so that all have theirs."""

    def __init__(self, seed, name):
        super().__init__(f"{seed} {name}")
        self.turn = seed
        self.full = False  # As long and as large as the design says.

    def pick(self, of):
        return of[self.turn % len(of)]


@dataclasses.dataclass
class Row:
    """What came of one fault."""

    fault: object
    seeds: int = 0
    accepted: int = 0
    lost: int = 0
    doubled: int = 0
    failed: int = 0
    cut: int = 0
    resets: int = 0
    twice: int = 0  # States that were told once more, with the same `seq`.
    refused: int = 0  # Posts that got another answer than 202, and were repeated.
    slowest_s: float = 0  # From a post to its 202, the fault included.
    recoveries_s: list = dataclasses.field(default_factory=list)
    over: int = 0  # Recoveries above RECOVERY_S of the wall that the busy machine explains.
    broken: list = dataclasses.field(default_factory=list)

    @property
    def recovery_s(self):
        return max(self.recoveries_s, default=0.0)

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
        self.pace(PAUSE_S)
        for thread in (*self.followers, *self.posters):
            thread.start()
        for follower in self.followers:
            if not follower.connected.wait(GIVE_UP_S):
                raise TimeoutError("no event stream before the first fault")

    def pace(self, pause_s):
        for poster in self.posters:
            poster.pause_s = pause_s

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
        for poster in self.posters:
            poster.finishing.set()
            poster.given_up.set()


def told_final(follower, begin):
    """How many ends were told among the events from `begin` on."""
    return sum(1 for _, data in invariants.states(follower.told[begin:]) if data["status"] in FINAL)


def recovery(stack, load):
    """Until a new question is accepted and another answer is told, through the links; a Stopwatch's
    (wall_s, own_s)."""
    heard = [len(follower.told) for follower in load.followers]
    watch = Stopwatch()
    asker = Poster(Api(stack.browsers_port()), "probe", 0)
    thread = threading.Thread(target=asker.ask, args=(new_id(), "back again?"), daemon=True)
    thread.start()
    thread.join(GIVE_UP_S)
    stack.accepted_besides.update(asker.ledger.accepted)
    while thread.is_alive() or not all(
        told_final(follower, before) for follower, before in zip(load.followers, heard)
    ):
        if watch.wall_s() > GIVE_UP_S:
            asker.given_up.set()
            what = "accepted" if thread.is_alive() else "answered, or nobody was told"
            raise TimeoutError(f"{GIVE_UP_S} s after the fault no question is {what}")
        time.sleep(0.02)
    return watch.wall_s(), watch.own_s()


def drain(stack, load):
    """Waits until all that was accepted is final."""
    moved, left = time.monotonic(), sorted(load.accepted)
    while left and time.monotonic() < moved + GIVE_UP_S:  # Then the judge says what is missing.
        before, left = len(left), [i for i in left if not is_final(stack, i)]
        if len(left) < before:
            moved = time.monotonic()
        if left:
            time.sleep(0.2)


def whole_history(stack):
    """All that is stored; asked again while a store that is busy does not answer."""
    end = time.monotonic() + GIVE_UP_S
    while True:
        try:
            return stack.direct().all_prompts()
        except (OSError, http.client.HTTPException, ValueError):
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def is_final(stack, prompt_id):
    try:
        status, _, prompt = stack.direct().request("GET", f"/api/prompts/{prompt_id}")
    except (OSError, http.client.HTTPException, ValueError):
        return False
    return status == 200 and prompt["status"] in FINAL


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
        for number, seed in enumerate(seeds):
            chance = Chance(seed, fault.name)
            chance.full = number % FULL_EVERY == 0
            run_seed(stack, load, row, chance)
        judge_recoveries(row)
        load.finish()
        drain(stack, load)
        hear(load)
        sum_up(row, load, whole_history(stack))
    # Whatever it is, it is this row's, and the others have to run.
    except Exception as error:  # pylint: disable=broad-except
        row.broken.append(f"{type(error).__name__}: {error}")
    finally:
        load.end()
        stack.straighten()
    row.broken += stack.complaints
    stack.complaints, stack.accepted_besides = [], {}
    if row.broken:
        row.broken += [f"{p.name}: {p.last_words()[-300:]}" for p in stack.processes.values()]
    return row


def run_seed(stack, load, row, chance):
    """A fault, from a while before it until the first answer after it."""
    fault = row.fault
    time.sleep(chance.uniform(*BEFORE_S))
    full = chance.full and fault.full_s > 0
    load.pace(CALM_PAUSE_S if full or fault.calm else PAUSE_S)
    what = fault.begin(stack, chance)
    time.sleep(fault.full_s if full else chance.uniform(*fault.hold_s))
    stack.heal()
    load.pace(PAUSE_S)
    wall_s, own_s = recovery(stack, load)
    row.recoveries_s.append(wall_s)
    if own_s > RECOVERY_S or wall_s > RECOVERY_MAX_S:
        row.broken.append(
            f"seed {chance.turn} ({what}): {wall_s:.1f} s to recover, {own_s:.1f} s of them its own"
        )
    elif wall_s > RECOVERY_S:
        row.over += 1


def judge_recoveries(row):
    """One that the machine explains is forgiven, not a row full of them."""
    if len(row.recoveries_s) < MEDIAN_OF:
        return
    median = statistics.median(row.recoveries_s)
    if median > RECOVERY_S:
        row.broken.append(f"half of all seeds take {median:.1f} s to recover")


def sum_up(row, load, history):
    accepted = load.accepted
    told = [list(follower.told) for follower in load.followers]
    row.broken += invariants.judge(accepted, history, told)
    failed = [
        prompt for prompt in history if prompt["id"] in accepted and prompt["status"] == "FAILED"
    ]
    row.accepted, row.failed = len(accepted), len(failed)
    row.lost, row.doubled = invariants.lost_and_doubled(accepted, history)
    row.cut = sum(poster.ledger.cut for poster in load.posters)
    row.resets = sum(1 for events in told for event in events if event.name == "reset")
    row.twice = sum(len(invariants.repeats(events)[1]) for events in told)
    row.refused = sum(sum(poster.ledger.refused.values()) for poster in load.posters)
    row.slowest_s = max(poster.ledger.slowest_s for poster in load.posters)
    if failed and not row.fault.hits_models:
        row.broken.append(f"{len(failed)} failed, such as {failed[0].get('error')!r}")
