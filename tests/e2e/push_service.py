"""A push service on loopback (RFC 8030), which cannot read what it gets. Standard library only."""

import http.server
import queue
import threading

from home_driver import PATIENCE_S

# Of RFC 8291, appendix A: a browser's.
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"


class PushService:
    """Answers with the statuses of `plan`, the last one for ever; "hold" never answers."""

    def __init__(self):
        self.plan, self.seen = [201], queue.Queue()
        self.ending = threading.Event()
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service.seen.put((self.path, dict(self.headers), body))
                status = service.plan.pop(0) if len(service.plan) > 1 else service.plan[0]
                if status == "hold":
                    service.ending.wait(PATIENCE_S)
                    self.close_connection = True
                    return
                self.send_response(status)
                if status == 429:
                    self.send_header("Retry-After", "3")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.ending.set()
        self.server.shutdown()
        self.server.server_close()

    def next(self):
        return self.seen.get(timeout=PATIENCE_S)


def subscription(endpoint):
    """What PushSubscription.toJSON() gives."""
    return {"endpoint": endpoint, "keys": {"p256dh": P256DH, "auth": AUTH}}
