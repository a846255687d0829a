#!/usr/bin/env python3
"""An Ollama that always says the same. `fake_ollama.py serve` picks a port and says which."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FakeOllama(ThreadingHTTPServer):
    """Speaks as much of Ollama's API as a council needs, and answers with `self.reply`."""

    daemon_threads = True

    def __init__(self, port=0):
        super().__init__(("127.0.0.1", port), FakeOllamaHandler)
        self.reply, self.asked = "FINAL: 42", 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # Who asked may go before the end.
            super().handle_error(request, client_address)

    def close(self):
        self.shutdown()
        self.server_close()


class FakeOllamaHandler(BaseHTTPRequestHandler):
    MODEL = {
        "name": "tiny:1b",
        "model": "tiny:1b",
        "size": 1000,
        "digest": "0" * 64,
        "details": {
            "family": "tiny",
            "families": ["tiny"],
            "parameter_size": "1B",
            "format": "gguf",
        },
    }

    def answer(self, value, content_type="application/json"):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/api/tags":
            self.answer({"models": [self.MODEL]})
        elif self.path == "/api/ps":
            self.answer({"models": []})
        elif self.path == "/api/version":
            self.answer({"version": "0.17.4"})
        else:
            self.answer(b"Ollama is running", "text/plain")

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/api/show":
            self.answer(
                {"capabilities": ["completion"], "details": self.MODEL["details"], "model_info": {}}
            )
            return
        self.server.asked += 1
        lines = [
            {
                "model": "tiny:1b",
                "message": {"role": "assistant", "content": self.server.reply},
                "done": False,
            },
            {
                "model": "tiny:1b",
                "message": {"role": "assistant", "content": ""},
                "done": True,
                "done_reason": "stop",
                "eval_count": 4,
                "prompt_eval_count": 10,
            },
        ]
        self.answer(
            "".join(json.dumps(line) + "\n" for line in lines).encode(), "application/x-ndjson"
        )

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = FakeOllama()
    print(f'msg="Listening on 127.0.0.1:{server.server_address[1]} (version 0.17.4)"', flush=True)
    threading.Event().wait()
