"""Starts ollama-sim and asks any Ollama, for figures. Standard library only."""

import http.client
import json
import os
import subprocess
import urllib.parse

PATIENCE_S = 120


class Http:
    """JSON over one connection that is kept."""

    def __init__(self, url, patience_s=PATIENCE_S):
        self.host = urllib.parse.urlsplit(url).netloc
        self.patience_s = patience_s
        self.connection = None

    def call(self, method, path, body=None):
        """(status, parsed JSON or text)."""
        for attempt in (1, 2):
            if self.connection is None:
                self.connection = self.connect()
            try:
                self.connection.request(
                    method,
                    path,
                    None if body is None else json.dumps(body),
                    {"Content-Type": "application/json"},
                )
                response = self.connection.getresponse()
                text = response.read().decode("utf-8")
                kind = response.getheader("Content-Type") or ""
                return response.status, json.loads(text) if "/json" in kind else text
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.close()  # An idle connection may end at any time; a fresh one may not.
                if attempt == 2:
                    raise
        return None

    def connect(self):
        """A connection of the caller's own."""
        return http.client.HTTPConnection(self.host, timeout=self.patience_s)

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None


class Sim:
    """One ollama-sim; `with` ends it."""

    def __init__(self, program, *options):
        self.process = subprocess.Popen(
            [program, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.environ.get("PATH", "")},
            text=True,
        )
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            raise RuntimeError(f"ollama-sim ended with {self.process.wait()}; run it by hand: "
                               f"{program} {' '.join(options)}")
        self.http = Http(self.url)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.close()
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        self.process.stdout.close()

    def get(self, path):
        status, reply = self.http.call("GET", path)
        if status != 200:
            raise RuntimeError(f"GET {path} gave {status}: {reply}")
        return reply

    def reset(self):
        self.http.call("POST", "/sim/reset")

    def stats(self):
        return self.get("/sim/stats")

    def questions(self, count, first=0):
        return self.get(f"/sim/questions?from={first}&n={count}")["questions"]


def chat(server, model, text, seed):
    """What `model` alone answers to `text`; "" where it fails."""
    status, reply = server.call(
        "POST",
        "/api/chat",
        {
            "model": model,
            "stream": False,
            "think": False,
            "messages": [
                {
                    "role": "system",
                    "content": "Answer the user's question correctly and briefly. End with one "
                    "line:\nFINAL: the short answer",
                },
                {"role": "user", "content": text},
            ],
            "options": {"temperature": 0.7, "seed": seed, "num_predict": 512, "num_ctx": 4096},
        },
    )
    return reply["message"]["content"] if status == 200 else ""
