"""People who use OTM Home while it is being broken, and what they saw: the independent log.

A poster notes a question as accepted once it has read a 202, and sends a question whose answer was
cut again with the same id, as the page does. A follower notes every event that it was told, over
all reconnects, as a browser's EventSource does.
"""

import dataclasses
import http.client
import json
import random
import secrets
import threading
import time

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PATIENCE_S = 60  # For one request on a machine that does much else.
SILENCE_S = 20  # Of an event stream, whose heartbeats come every 15 s.
FINAL = ("COMPLETED", "CACHED", "FAILED", "CANCELLED")


def new_id():
    """A ULID, as a browser makes it."""
    number = (int(time.time() * 1000) << 80) | secrets.randbits(80)
    return "".join(CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


class Api:
    """The portal's API at a port of 127.0.0.1, which may be a fault proxy's."""

    def __init__(self, port, timeout_s=PATIENCE_S):
        self.port, self.timeout_s = port, timeout_s

    def request(self, method, path, body=None, headers=None):
        """(status, headers, parsed JSON or text). Raises OSError or HTTPException when cut."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout_s)
        try:
            headers = dict(headers or {})
            if isinstance(body, dict):
                body, headers["Content-Type"] = json.dumps(body), "application/json"
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read().decode("utf-8")
            is_json = "json" in (response.getheader("Content-Type") or "")
            return response.status, response.headers, json.loads(text) if is_json else text
        finally:
            connection.close()

    def all_prompts(self):
        """Every prompt of the history, page after page."""
        found, cursor = [], ""
        while True:
            path = "/api/prompts?limit=200" + (f"&cursor={cursor}" if cursor else "")
            status, _, page = self.request("GET", path)
            if status != 200:
                raise OSError(f"GET {path} gave {status}: {page}")
            found += page["prompts"]
            cursor = page.get("nextCursor") or ""
            if not cursor:
                return found


@dataclasses.dataclass
class Ledger:
    """What was promised: {id: question} of each 202, and how often a post had to be repeated."""

    accepted: dict = dataclasses.field(default_factory=dict)
    accepted_at: dict = dataclasses.field(default_factory=dict)  # id: time.monotonic().
    refused: dict = dataclasses.field(default_factory=dict)  # HTTP status: count.
    cut: int = 0
    slowest_s: float = 0  # From a post to its 202.


class Poster(threading.Thread):
    """Asks one question after the other until it is told to finish."""

    def __init__(self, api, name, seed):
        super().__init__(daemon=True)
        self.api, self.label = api, name
        self.random = random.Random(seed)
        self.pause_s = (0.05, 0.3)
        self.ledger = Ledger()
        self.finishing = threading.Event()
        self.given_up = threading.Event()

    def run(self):
        count = 0
        while not self.finishing.is_set():
            count += 1
            self.ask(new_id(), f"question {count} of {self.label}")
            self.finishing.wait(self.random.uniform(*self.pause_s))

    def ask(self, prompt_id, text):
        """Sends it until it is accepted, or until the test has given up."""
        body = {"id": prompt_id, "prompt": text, "preset": "quick"}
        while not self.given_up.is_set():
            begin = time.monotonic()
            try:
                status, _, reply = self.api.request("POST", "/api/prompts", body)
            except (OSError, http.client.HTTPException, ValueError):
                self.ledger.cut += 1
                time.sleep(0.05)
                continue
            if status == 202:
                now = time.monotonic()
                self.ledger.accepted[reply["id"]] = text
                self.ledger.accepted_at[reply["id"]] = now
                self.ledger.slowest_s = max(self.ledger.slowest_s, now - begin)
                return
            self.ledger.refused[status] = self.ledger.refused.get(status, 0) + 1
            time.sleep(0.1)


@dataclasses.dataclass(frozen=True)
class Told:
    """An event as a follower got it."""

    position: str  # The last "id:" up to it.
    name: str  # "message", "reset", …
    data: object


class Follower(threading.Thread):
    """Follows /api/events, with Last-Event-ID over every reconnect."""

    def __init__(self, port, timeout_s=SILENCE_S):
        super().__init__(daemon=True)
        self.port, self.timeout_s = port, timeout_s
        self.position = ""
        self.told = []
        self.connects = 0
        self.connected = threading.Event()
        self.ended = False

    def run(self):
        while not self.ended:
            try:
                self.follow()
            except (OSError, http.client.HTTPException, ValueError):
                pass
            time.sleep(0.05)

    def follow(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout_s)
        try:
            headers = {"Last-Event-ID": self.position} if self.position else {}
            connection.request("GET", "/api/events", headers=headers)
            response = connection.getresponse()
            if response.status != 200:
                raise OSError(f"the stream gave {response.status}")
            self.connects += 1
            self.read(response)
        finally:
            connection.close()

    def read(self, response):
        """Takes a frame only when it is whole: one that was cut comes again."""
        position, name, data = self.position, "message", []
        while not self.ended:
            line = response.readline().decode("utf-8")
            if not line.endswith("\n"):
                return
            self.connected.set()
            field, _, value = line.rstrip("\r\n").partition(":")
            value = value.removeprefix(" ")
            if field == "id":
                position = value
            elif field == "event":
                name = value
            elif field == "data":
                data.append(value)
            elif not field and not value:
                self.position = position
                if data:
                    self.told.append(Told(position, name, json.loads("\n".join(data))))
                name, data = "message", []
