"""Faults that are input: what is no question, what is no message, and more than can be answered."""

import concurrent.futures
import http.client
import os
import time

from tests.faults.client import new_id
from tests.faults.kafka_wire import Wire

BODY_BYTES_TOO_MANY = 1_100_000
FLOOD = 50  # Questions at once, with each seed.
FLOOD_FULL = int(os.environ.get("OTM_FAULT_FLOOD", "300"))  # Once of ten; the design's: 10,000.
FLOOD_CLIENTS = 16
DEEP = 20_000  # Brackets in a poisonous message.

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


def poison(stack, chance):
    """Every bad message is refused with a reason, and the next good one is served at once."""
    api = stack.direct()
    for body, wanted in chance.sample(POISON, len(POISON)):
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
DEAD_LETTERS_S = 120  # Three tries with pauses between, of all kinds.
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
    b'{"prompt": "' + b"x" * BODY_BYTES_TOO_MANY + b'"}',
)


def poison_topic(stack, chance):
    """What no portal would send ends as dead letters, one each, and holds up nobody."""
    wire = Wire(stack.kafka.port("plaintext"))
    try:
        before = wire.end_offset(INCOMING + ".dlq")
        for value in chance.sample(POISON_OF_KAFKA, len(POISON_OF_KAFKA)):
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


def flood(stack, chance):
    """More than can be answered at once: all are accepted, or refused with the time to wait."""
    count = FLOOD_FULL if chance.full else FLOOD
    with concurrent.futures.ThreadPoolExecutor(FLOOD_CLIENTS) as clients:
        accepted = sum(clients.map(lambda number: ask_once(stack, number), range(count)))
    return f"{accepted} of {count} accepted"


def ask_once(stack, number):
    """Whether it was accepted; complains unless it was, or is to be sent again later."""
    body = {"id": new_id(), "prompt": f"flood {number}", "preset": "quick"}
    try:
        status, headers, reply = stack.direct().request("POST", "/api/prompts", body)
    except (OSError, http.client.HTTPException) as error:
        stack.complain(f"a question of the flood was cut: {type(error).__name__} {error}")
        return False
    if status == 202:
        stack.accepted_besides[reply["id"]] = body["prompt"]
    elif status not in (429, 503) or not headers.get("Retry-After"):
        stack.complain(f"the flood was answered with {status} {str(reply)[:80]}")
    return status == 202
