"""A real process of ours that tests start, kill, stop and start again on the same port."""

import http.client
import os
import signal
import subprocess
import time

PATIENCE_S = 60  # For a start on a machine that does much else.
STOP_S = 60  # It drains for 30 s at most.


def clean_environment():
    """Ours without what is the tests' own: a program takes such for misspelt settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("OTM_")}


class Process:
    """Not for several threads; what it listens on has to be the same in every life."""

    def __init__(self, name, command, port, folder):
        self.name, self.command, self.port = name, command, port
        self.log = os.path.join(folder, name + ".log")
        self.environment = {}
        self.child = None
        self.starts = 0

    def start(self):
        """Runs it; wait_ready() waits until it serves."""
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**clean_environment(), **self.environment},
            )
        self.starts += 1

    def wait_ready(self):
        end = time.monotonic() + PATIENCE_S
        while not self.alive_over_http():
            if self.child.poll() is not None:
                raise RuntimeError(
                    f"{self.name} ended with {self.child.returncode}: {self.last_words()}"
                )
            if time.monotonic() > end:
                raise TimeoutError(f"{self.name} does not serve: {self.last_words()}")
            time.sleep(0.02)

    def alive_over_http(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def last_words(self):
        with open(self.log, encoding="utf-8", errors="replace") as lines:
            return "".join(lines.readlines()[-3:]).strip()

    def kill(self):
        self.child.kill()
        self.child.wait()

    def stop(self):
        """As systemd does it; gives its exit code."""
        self.child.send_signal(signal.SIGTERM)
        return self.child.wait(STOP_S)

    def pause(self):
        self.child.send_signal(signal.SIGSTOP)

    def resume(self):
        self.child.send_signal(signal.SIGCONT)

    def end(self):
        """Whatever its state."""
        if self.child is not None and self.child.poll() is None:
            self.kill()
