"""Starts and drives a real otm-home, for the tests of the whole process. Standard library only."""

import http.client
import json
import os
import secrets
import signal
import subprocess
import threading
import time

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PATIENCE_S = 60  # For anything that a loaded machine should do within a second.


def new_id():
    """A ULID, as a browser makes it."""
    number = (int(time.time() * 1000) << 80) | secrets.randbits(80)
    return "".join(CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


class Home:
    """One otm-home on a data folder: started, killed and started again; the port changes."""

    def __init__(self, program, data, *options, model="sim"):
        self.program, self.data, self.options, self.model = program, data, options, model
        self.process = self.port = None

    def start(self, wait=True, port=0, environment=None):
        """Runs it; with `wait` until it listens. Raises with its last words when it ends before."""
        command = [self.program, "--data", self.data, "--port", str(port), "--model", self.model]
        with open(self.data + ".log", "ab") as log:
            self.process = subprocess.Popen(
                [*command, *self.options],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env={**os.environ, **(environment or {})},
            )
        if wait:
            until(
                lambda: self.listens() or self.process.poll() is not None, "otm-home listens", 0.002
            )
            if self.process.poll() is not None:
                raise RuntimeError(
                    f"otm-home ended with {self.process.returncode}: {self.last_words()}"
                )
        return self

    def listens(self):
        """Reads where it listens; the file may be of one that was killed before."""
        try:
            with open(os.path.join(self.data, "otm-home.run"), encoding="ascii") as words:
                pid, url = words.read().split()
        except FileNotFoundError:
            return False
        self.port = int(url.rstrip("/").rsplit(":", 1)[1])
        return int(pid) == self.process.pid

    def last_words(self):
        with open(self.data + ".log", encoding="utf-8", errors="replace") as lines:
            return "".join(lines.readlines()[-3:]).strip()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """Ends it as Ctrl-C does; gives its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    def request(self, method, path, body=None, headers=None):
        """(status, parsed JSON or text). Raises OSError or HTTPException when it is gone."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            if isinstance(body, (dict, list)):
                body, headers = json.dumps(body), {
                    "Content-Type": "application/json",
                    **(headers or {}),
                }
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            text = response.read().decode("utf-8")
            is_json = "json" in (response.getheader("Content-Type") or "")
            return response.status, json.loads(text) if is_json else text
        finally:
            connection.close()

    def ask(self, text, prompt_id=None, **fields):
        """Posts a question; gives its id once it was accepted."""
        prompt_id = prompt_id or new_id()
        body = {"id": prompt_id, "prompt": text, **fields}
        status, reply = self.request("POST", "/api/prompts", body)
        if status != 202:
            raise RuntimeError(f"POST gave {status}: {reply}")
        return prompt_id

    def prompt(self, prompt_id):
        """The prompt as the API shows it; {} while the council has not taken it yet."""
        status, reply = self.request("GET", "/api/prompts/" + prompt_id)
        return reply if status == 200 else {}

    def answer(self, prompt_id):
        """The prompt in its final state."""
        until(lambda: is_final(self.prompt(prompt_id)), f"{prompt_id} is final")
        return self.prompt(prompt_id)

    def all_prompts(self):
        """Every prompt of the history, page after page."""
        found, cursor = [], ""
        while True:
            _, page = self.request(
                "GET", "/api/prompts?limit=200" + ("&cursor=" + cursor if cursor else "")
            )
            found += page["prompts"]
            cursor = page.get("nextCursor") or page.get("next_cursor") or ""
            if not cursor:
                return found


def is_final(prompt):
    return prompt.get("status") in ("COMPLETED", "CACHED", "FAILED", "CANCELLED")


def until(condition, what, pause_s=0.02, patience_s=PATIENCE_S):
    """Waits for `condition`; what it waits for happens in another process, so it has to look."""
    end = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {patience_s} s until {what}")
        time.sleep(pause_s)


class Events(threading.Thread):
    """Follows /api/events over every restart of `home`, as a browser does: with Last-Event-ID."""

    def __init__(self, home):
        super().__init__(daemon=True)
        self.home, self.last_id, self.ended = home, "", False
        self.events = []  # (id, event name, data) in the order of arrival.
        self.connected = threading.Event()

    def run(self):
        while not self.ended:
            try:
                self.follow()
            except (OSError, http.client.HTTPException):
                pass
            self.connected.clear()
            time.sleep(0.05)

    def follow(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.home.port, timeout=PATIENCE_S)
        connection.request(
            "GET", "/api/events", headers={"Last-Event-ID": self.last_id} if self.last_id else {}
        )
        response = connection.getresponse()
        name, data = "message", []
        while not self.ended:
            line = response.readline()
            if not line:
                return
            line = line.decode("utf-8").rstrip("\r\n")
            self.connected.set()
            if line.startswith("id:"):
                self.last_id = line[3:].strip()
            elif line.startswith("event:"):
                name = line[6:].strip()
            elif line.startswith("data:"):
                data.append(line[5:].strip())
            elif not line and data:
                self.events.append((self.last_id, name, json.loads("\n".join(data))))
                name, data = "message", []
