#!/usr/bin/env python3
"""kill -9 of otm-home at random moments while questions are posted: none lost, none answered twice.

usage: kill_test.py PROGRAM        OTM_KILL_ROUNDS (10) kills, OTM_KILL_SEED (by chance)

The client keeps a ledger of its own: an id is in it once a 202 was read. A post that was cut is
sent again with the same id, as the page does. At the end every id of the ledger must be COMPLETED
with one answer, the event stream must have told of exactly one answer for each, and the history
must hold nothing else.
"""

import http.client
import os
import random
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from home_driver import Events, Home, is_final, new_id, until  # noqa: E402

POSTERS = 2
RUN_S_MAX = 0.8  # A life of the process is shorter than this, from the moment that it listens.
PAUSE_S = (0.2, 0.8)  # Between two questions of a poster; faster ones only lengthen the drain.
DRAIN_S = 1800  # For all that was accepted to be answered in the end.
STALL_S = 60  # Without one more final prompt for so long, something is stuck.


class Poster(threading.Thread):
    """Posts one question after the other; the same again until it was accepted."""

    def __init__(self, home, number):
        super().__init__(daemon=True)
        self.home, self.number = home, number
        self.ledger = {}  # id -> question, once accepted.
        self.pending = None
        self.cut = 0
        self.paused = threading.Event()
        self.ended = False

    def run(self):
        count = 0
        while not self.ended or self.pending:
            if not self.pending:
                count += 1
                self.pending = (new_id(), f"question {count} of poster {self.number}")
            prompt_id, text = self.pending
            try:
                self.home.ask(text, prompt_id, preset="quick")
            except (OSError, http.client.HTTPException, ValueError):
                self.cut += 1
                time.sleep(0.01)
                continue
            self.ledger[prompt_id] = text
            self.pending = None
            time.sleep(random.uniform(*PAUSE_S))


def final_events(events):
    """{id: the set of (seq, answer) that COMPLETED events told of it}."""
    told = {}
    for _, _, event in events:
        data = event.get("data", {})
        if event.get("type") == "statusChanged" and data.get("status") in (
            "COMPLETED",
            "CACHED",
            "FAILED",
        ):
            told.setdefault(data["id"], set()).add((data.get("seq"), data.get("answer")))
    return told


def main(program):
    rounds = int(os.environ.get("OTM_KILL_ROUNDS", "10"))
    seed = int(os.environ.get("OTM_KILL_SEED") or random.randrange(1 << 30))
    random.seed(seed)
    print(f"{rounds} kills, seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR")) as folder:
        home = Home(program, os.path.join(folder, "data"), "--prompts-per-hour", "1000000").start()
        events = Events(home)
        events.start()
        until(events.connected.is_set, "the event stream is open")
        posters = [Poster(home, number) for number in range(POSTERS)]
        for poster in posters:
            poster.start()
        for _ in range(rounds):
            time.sleep(random.uniform(0, RUN_S_MAX))  # The moment of the kill is the point here.
            home.kill()
            home.start()
        for poster in posters:
            poster.ended = True
        for poster in posters:
            poster.join()
        return judge(home, events, posters)


def drain(home):
    """Waits until every prompt is final; says what is stuck when nothing moves any more."""
    open_before, moved = None, time.monotonic()
    deadline = moved + DRAIN_S
    while waiting := [prompt for prompt in home.all_prompts() if not is_final(prompt)]:
        now = time.monotonic()
        if len(waiting) != open_before:
            open_before, moved = len(waiting), now
        if now > moved + STALL_S or now > deadline:
            raise TimeoutError(f"{len(waiting)} are not final, such as {waiting[:3]}")
        time.sleep(0.5)


def judge(home, events, posters):
    ledger = {prompt_id: text for poster in posters for prompt_id, text in poster.ledger.items()}
    drain(home)
    history = home.all_prompts()
    until(lambda: set(ledger) <= set(final_events(events.events)), "the stream told of all", 0.1)
    told = final_events(events.events)
    states = {prompt["id"]: prompt for prompt in history}
    lost = [
        i
        for i in ledger
        if states.get(i, {}).get("status") != "COMPLETED" or not states[i]["answer"]
    ]
    doubled = [i for i in ledger if len(told[i]) != 1 or [p["id"] for p in history].count(i) != 1]
    strange = [i for i in states if i not in ledger]
    changed = [i for i in ledger if i in states and states[i]["prompt"] != ledger[i]]
    resets = sum(1 for event in events.events if event[1] == "reset")
    home.stop()
    print(
        f"{len(ledger)} accepted, {sum(p.cut for p in posters)} posts cut, {resets} resets; "
        f"{len(lost)} lost, {len(doubled)} doubled, {len(strange)} strange, {len(changed)} changed"
    )
    for name, ids in (("lost", lost), ("doubled", doubled), ("strange", strange)):
        for prompt_id in ids[:5]:
            print(f"{name}: {states.get(prompt_id)} {told.get(prompt_id)}")
    return 1 if lost or doubled or strange or changed or not ledger else 0


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1])))
