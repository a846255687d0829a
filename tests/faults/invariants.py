"""The promises of the architecture, judged from what people saw (client.py) and what is stored.

Each check gives sentences; none means that the promise was kept.
"""

from tests.faults.client import FINAL

RANK = {"PENDING": 0, "PROCESSING": 1, **{status: 2 for status in FINAL}}
EXAMPLES_MAX = 3  # Of what was found, in a sentence.


def some(ids):
    ids = sorted(ids)
    more = f" and {len(ids) - EXAMPLES_MAX} more" if len(ids) > EXAMPLES_MAX else ""
    return ", ".join(ids[:EXAMPLES_MAX]) + more


def by_id(history):
    stored = {}
    for prompt in history:
        stored.setdefault(prompt["id"], []).append(prompt)
    return stored


def lost_and_doubled(accepted, history):
    """How many were accepted and are not stored, and how many are stored more than once."""
    stored = by_id(history)
    return (
        sum(1 for i in accepted if i not in stored),
        sum(1 for prompts in stored.values() if len(prompts) > 1),
    )


def stored_once(accepted, history, dead=()):
    """Each accepted question is stored exactly once, final, with its text, or is a dead letter."""
    stored = by_id(history)
    lost = [i for i in accepted if i not in stored and i not in dead]
    doubled = [i for i, prompts in stored.items() if len(prompts) > 1]
    open_ = [i for i in accepted if i in stored and stored[i][0]["status"] not in FINAL]
    empty = [
        i
        for i in accepted
        if i in stored
        and stored[i][0]["status"] in ("COMPLETED", "CACHED")
        and not stored[i][0].get("answer")
    ]
    changed = [i for i in accepted if i in stored and stored[i][0]["prompt"] != accepted[i]]
    for ids, what in (
        (lost, "were accepted and are not stored"),
        (doubled, "are stored more than once"),
        (open_, "are not final"),
        (empty, "are completed without an answer"),
        (changed, "have another text than was asked"),
    ):
        if ids:
            yield f"{len(ids)} {what}: {some(ids)}"


def states(told):
    """The status events among what a follower was told, as (index, data)."""
    for index, event in enumerate(told):
        if event.name == "message" and isinstance(event.data, dict):
            data = event.data.get("data")
            if event.data.get("type") == "statusChanged" and isinstance(data, dict):
                yield index, data


def told_once_in_order(told):
    """Once and never backwards; after a `reset` a follower may be told again from anywhere."""
    backwards, again = repeats(told)
    if backwards:
        yield f"{len(backwards)} were told to go backwards: {some(backwards)}"
    if again:
        yield f"{len(again)} states were told twice, such as of {some(set(again))}"


def repeats(told):
    """(the ids that went backwards, the id of each state that was told once more).

    The outbox is relayed at least once; that nobody sees it is the promise of the event feeds,
    which go by `seq` (docs/adr/0006).
    """
    resets = [index for index, event in enumerate(told) if event.name == "reset"]
    last = {}  # id: (sequence number, rank, number of resets before)
    again, backwards = [], set()
    for index, data in states(told):
        era = sum(1 for reset in resets if reset < index)
        sequence, rank = data.get("seq", 0), RANK.get(data["status"], 0)
        before = last.get(data["id"])
        if before and before[2] == era:
            if sequence == before[0]:
                again.append(data["id"])
            elif sequence < before[0] or rank < before[1] == 2:
                backwards.add(data["id"])
        last[data["id"]] = (sequence, rank, era)
    return backwards, again


def answers(told):
    """{id: the set of (seq, status, answer)} of what was told to be final."""
    found = {}
    for _, data in states(told):
        if data["status"] in FINAL:
            what = (data.get("seq"), data["status"], data.get("answer"))
            found.setdefault(data["id"], set()).add(what)
    return found


def one_answer(accepted, told):
    """A follower that was told of no hole was told of one answer of each question, and only one."""
    found = answers(told)
    several = [i for i, what in found.items() if len(what) > 1]
    if several:
        yield f"{len(several)} were told to have several answers: {some(several)}"
    silent = [i for i in accepted if i not in found]
    if silent and not any(event.name == "reset" for event in told):
        yield f"{len(silent)} never had their end told, and no hole was announced: {some(silent)}"


def agrees(history, told):
    """What was told is what is stored."""
    stored = {prompt["id"]: prompt for prompt in history}
    other = [
        i
        for i, what in answers(told).items()
        if i in stored and all(status != stored[i]["status"] for _, status, _ in what)
    ]
    if other:
        yield f"{len(other)} were told to end otherwise than they are stored: {some(other)}"


def judge(accepted, history, followers, dead=()):
    """Every broken promise, one sentence each."""
    found = list(stored_once(accepted, history, dead))
    for number, follower in enumerate(followers):
        for check in (
            told_once_in_order(follower),
            one_answer([i for i in accepted if i not in dead], follower),
            agrees(history, follower),
        ):
            found += [f"follower {number}: {sentence}" for sentence in check]
    return found
