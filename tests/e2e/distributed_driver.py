"""Starts and drives the processes of the distributed edition. Standard library only."""

import http.client
import json
import os
import secrets
import signal
import socket
import subprocess

from home_driver import Home, PATIENCE_S, until


def free_port():
    """One that nobody listens on now; the process that gets it may be killed and started again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Service:
    """One process: started, killed and started again on the same port."""

    def __init__(self, program, folder, options, environment):
        self.name = os.path.basename(program)
        self.program, self.folder = program, folder
        self.options, self.environment = list(options), dict(environment)
        self.port = free_port()
        self.process = None
        self.log = os.path.join(folder, self.name + ".log")

    def start(self):
        """Runs it until it listens. Raises with its last words when it ends before."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("OTM_", "BACKEND_"))}
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [self.program, "--port", str(self.port), *self.options],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env={**clean, "HOME": self.folder, **self.environment},
            )
        until(lambda: self.listens() or self.process.poll() is not None, self.name + " listens")
        if self.process.poll() is not None:
            raise RuntimeError(
                f"{self.name} ended with {self.process.returncode}: {self.last_words()}"
            )
        return self

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def last_words(self):
        with open(self.log, encoding="utf-8", errors="replace") as lines:
            return "".join(lines.readlines()[-5:]).strip()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.kill()

    def readiness(self):
        """{part: (state, detail)} of /readyz; {} while nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request("GET", "/readyz")
            parts = json.loads(connection.getresponse().read()).get("parts", [])
            return {part["name"]: (part["state"], part["detail"]) for part in parts}
        except (OSError, http.client.HTTPException, ValueError):
            return {}
        finally:
            connection.close()

    def rss_mb(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) / 1024
        return 0


class Portal(Service):
    """An otm-portal; asked as an otm-home is."""

    request = Home.request
    ask = Home.ask
    prompt = Home.prompt
    answer = Home.answer
    all_prompts = Home.all_prompts


def needed(name):
    """A variable that says where a real server is; without it the test fails."""
    value = os.environ.get(name, "")
    if not value:
        raise SystemExit(f"{name} is not set; start real servers with: ./otm test --services")
    return value


class Edition:
    """Council, notifier and portals as processes on real servers, with a database of their own."""

    def __init__(self, programs, folder, mongo_url, portals=1, portal_options=()):
        council, notifier, portal = programs
        backend = {
            "OTM_KAFKA_BROKERS": needed("OTM_TEST_KAFKA_BROKERS"),
            "OTM_MONGO_URL": mongo_url,
            "OTM_MONGO_DATABASE": "otm-test-" + secrets.token_hex(6),
        }
        token = secrets.token_hex(16)
        self.council = Service(council, folder, ["--model", "sim"], backend)
        self.notifier = Service(notifier, folder, [], {**backend, "OTM_NOTIFIER_TOKEN": token})
        edge = {
            **backend,
            "OTM_NOTIFIER_URLS": f"http://127.0.0.1:{self.notifier.port}",
            "OTM_NOTIFIER_TOKEN": token,
        }
        self.portals = []
        for number in range(portals):
            home = os.path.join(folder, f"portal{number}")  # Each has a spool of its own.
            os.mkdir(home)
            options = portal_options or ["--prompts-per-hour", "1000000"]
            self.portals.append(Portal(portal, home, options, edge))

    @property
    def portal(self):
        return self.portals[0]

    @property
    def services(self):
        return [self.council, self.notifier, *self.portals]

    def start(self):
        for service in self.services:
            service.start()
        until(
            lambda: all(map(self.is_ready, self.portals)), "all parts of each portal are ok", 0.1
        )

    @staticmethod
    def is_ready(portal):
        parts = portal.readiness()
        return bool(parts) and all(
            state == "ok" for name, (state, _) in parts.items() if name != "council"
        )

    def stop(self):
        for service in reversed(self.services):
            service.stop()
