"""edge/nginx/portals.conf on a real nginx, in front of two portals that are a page of Python.

They have what matters here of a portal: one log of events for both, replay by Last-Event-ID, and a
health page that names the portal.
"""

import http.server
import os
import pathlib
import socket
import struct
import tempfile
import threading
import unittest

from tests.faults.client import Api, Follower
from tests.services.nginx import Nginx
from tests.services.server import Place

PATIENCE_S = 30
EVENTS = 6


class Log:
    """What happened, for all portals; followers wait for more."""

    def __init__(self):
        self.count = 0
        self.grown = threading.Condition()

    def add(self):
        with self.grown:
            self.count += 1
            self.grown.notify_all()


class Portal(http.server.ThreadingHTTPServer):
    """One portal; die() resets what is open and listens no more."""

    daemon_threads = True

    def __init__(self, log):
        super().__init__(("127.0.0.1", 0), Handler)
        self.log, self.open, self.posts = log, [], []
        self.alive = True
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]

    def die(self):
        if not self.alive:
            return
        self.alive = False
        self.shutdown()
        self.server_close()
        with self.log.grown:
            self.log.grown.notify_all()
        for connection in self.open:
            try:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/api/events":
            self.follow()
        else:
            self.reply(200, self.headers["Host"].encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts.append(body)
        self.reply(202 if len(body) < 1000 else 413, b"the portal's own words")

    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def follow(self):
        log = self.server.log
        at = int(self.headers.get("Last-Event-ID") or 0)
        self.server.open.append(self.connection)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b":ok\n\n")
        self.close_connection = True
        while self.server.alive:
            with log.grown:
                log.grown.wait_for(lambda: log.count > at or not self.server.alive, PATIENCE_S)
            while at < log.count and self.server.alive:
                at += 1
                self.wfile.write(b"id: %d\ndata: %d\n\n" % (at, at))

    def log_message(self, *_):
        pass


class NginxTest(unittest.TestCase):
    def setUp(self):
        self.log = Log()
        self.portals = [Portal(self.log), Portal(self.log)]
        cache = os.environ.get("OTM_SERVICES_CACHE") or "~/.cache/otm/services"
        folder = tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR"))
        self.addCleanup(folder.cleanup)
        place = Place(pathlib.Path(cache).expanduser(), pathlib.Path(folder.name))
        self.nginx = Nginx(place, [portal.port for portal in self.portals])
        self.addCleanup(self.nginx.kill)
        for portal in self.portals:
            self.addCleanup(portal.die)
        self.nginx.start()

    def follower(self):
        follower = Follower(self.nginx.port("http"))
        follower.start()
        self.addCleanup(setattr, follower, "ended", True)
        self.assertTrue(follower.connected.wait(PATIENCE_S))
        return follower

    def wait_told(self, follower, count):
        done = threading.Event()
        for _ in range(PATIENCE_S * 100):
            if len(follower.told) >= count:
                return
            done.wait(0.01)
        self.fail(f"told {len(follower.told)} events of {count}")

    def test_each_event_arrives_before_the_next_is_sent(self):
        follower = self.follower()
        for number in range(1, EVENTS + 1):
            self.log.add()
            self.wait_told(follower, number)

    def test_a_portal_dies_and_its_browsers_go_on_at_the_other_where_they_were(self):
        followers = [self.follower() for _ in range(4)]
        serving = [portal for portal in self.portals if portal.open]
        self.assertEqual(len(serving), 2, "both portals have streams")
        for _ in range(3):
            self.log.add()
        for follower in followers:
            self.wait_told(follower, 3)
        self.portals[0].die()
        for _ in range(3):
            self.log.add()
        for follower in followers:
            self.wait_told(follower, 6)
            self.assertEqual([event.data for event in follower.told], [1, 2, 3, 4, 5, 6])

    def test_requests_skip_a_portal_that_is_away(self):
        self.portals[1].die()
        api = Api(self.nginx.port("http"))
        for _ in range(6):
            self.assertEqual(api.request("GET", "/healthz")[0], 200)
            self.assertEqual(api.request("POST", "/api/prompts", {"prompt": "x"})[0], 202)
        self.assertEqual(len(self.portals[0].posts), 6)

    def test_the_portal_sees_the_browsers_name_for_it_and_refuses_in_its_own_words(self):
        api = Api(self.nginx.port("http"))
        headers = {"Host": "portal.lan"}
        self.assertEqual(api.request("GET", "/", headers=headers)[2], "portal.lan")
        status, _, text = api.request("POST", "/api/prompts", {"prompt": "x" * 200_000})
        self.assertEqual((status, text), (413, "the portal's own words"))


if __name__ == "__main__":
    unittest.main()
