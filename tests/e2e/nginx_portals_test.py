#!/usr/bin/env python3
"""Two real portals behind a real nginx with edge/nginx/portals.conf, on real Kafka and MongoDB.

usage: nginx_portals_test.py COUNCIL NOTIFIER PORTAL

Browsers are told apart by their address, an answer reaches everybody whichever portal took the
question, and a portal that is killed takes nothing with it.
"""

import http.client
import os
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from distributed_driver import Edition, needed  # noqa: E402
from home_driver import Events, PATIENCE_S, is_final, new_id, until  # noqa: E402
from tests.services.nginx import Nginx  # noqa: E402
from tests.services.server import Place  # noqa: E402

PROMPTS_PER_HOUR = 5
FOLLOWERS = 4
PROGRAMS = []  # Of the command line.


class Browser:
    """At an address of its own: everything in 127/8 is this machine."""

    def __init__(self, port, address):
        self.port, self.address = port, address

    def post(self, prompt_id, text, headers=None):
        """The status of a question that is asked through nginx."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=PATIENCE_S, source_address=(self.address, 0)
        )
        try:
            body = f'{{"id":"{prompt_id}","prompt":"{text}","preset":"quick"}}'
            headers = {"Content-Type": "application/json", **(headers or {})}
            connection.request("POST", "/api/prompts", body, headers)
            response = connection.getresponse()
            response.read()
            return response.status
        finally:
            connection.close()


class NginxPortalsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR"))
        cls.addClassCleanup(folder.cleanup)
        options = ["--prompts-per-hour", str(PROMPTS_PER_HOUR), "--trusted-proxies", "127.0.0.1"]
        url = needed("OTM_TEST_MONGO_URLS").split()[-1]
        cls.edition = Edition(PROGRAMS, folder.name, url, portals=2, portal_options=options)
        cls.addClassCleanup(cls.edition.stop)
        cls.edition.start()
        cache = os.environ.get("OTM_SERVICES_CACHE") or "~/.cache/otm/services"
        place = Place(pathlib.Path(cache).expanduser(), pathlib.Path(folder.name) / "nginx")
        cls.nginx = Nginx(place, [portal.port for portal in cls.edition.portals])
        cls.addClassCleanup(cls.nginx.kill)
        cls.nginx.start()
        cls.port = cls.nginx.port("http")

    def followers(self):
        """Event streams through nginx; least_conn gives each portal some."""
        streams = [Events(Browser(self.port, "127.0.0.1")) for _ in range(FOLLOWERS)]
        for stream in streams:
            stream.start()
            self.addCleanup(setattr, stream, "ended", True)
            until(stream.connected.is_set, "the event stream is open")
        return streams

    @staticmethod
    def ends(stream, prompt_id):
        """The final events of a question, as (seq, answer)."""
        found = []
        for _, _, event in list(stream.events):
            data = event.get("data", {})
            if data.get("id") == prompt_id and is_final(data):
                if event.get("type") == "statusChanged":
                    found.append((data["seq"], data["answer"]))
        return found

    def wait_told(self, streams, prompt_id):
        until(
            lambda: all(self.ends(stream, prompt_id) for stream in streams),
            f"all {len(streams)} streams were told of {prompt_id}",
        )
        for stream in streams:
            self.assertEqual(len(self.ends(stream, prompt_id)), 1, "told once")

    def test_1_each_browser_has_a_limit_of_its_own_and_cannot_choose_another(self):
        one, other = (Browser(self.port, address) for address in ("127.0.0.7", "127.0.0.8"))
        statuses = [
            one.post(new_id(), "1", {"X-Forwarded-For": f"192.168.1.{number}"})
            for number in range(4 * PROMPTS_PER_HOUR)
        ]
        self.assertEqual(set(statuses), {202, 429})
        self.assertIn(statuses.count(202), range(PROMPTS_PER_HOUR, 2 * PROMPTS_PER_HOUR + 1))
        self.assertEqual(other.post(new_id(), "2"), 202)

    def test_2_an_answer_reaches_the_streams_of_both_portals(self):
        streams = self.followers()
        prompt_id = new_id()
        self.assertEqual(Browser(self.port, "127.0.0.9").post(prompt_id, "6 times 7?"), 202)
        self.wait_told(streams, prompt_id)

    def test_3_a_portal_dies_in_the_middle_of_a_stream_and_nobody_misses_an_answer(self):
        streams = self.followers()
        prompt_id = new_id()
        self.assertEqual(Browser(self.port, "127.0.0.10").post(prompt_id, "7 times 8?"), 202)
        self.edition.portals[1].kill()
        self.wait_told(streams, prompt_id)
        asked_later = new_id()
        self.assertEqual(Browser(self.port, "127.0.0.10").post(asked_later, "8 times 9?"), 202)
        self.wait_told(streams, asked_later)
        for stream in streams:
            self.assertFalse([event for event in stream.events if event[1] == "reset"])


if __name__ == "__main__":
    PROGRAMS = [os.path.abspath(program) for program in sys.argv[1:4]]
    unittest.main(argv=sys.argv[:1])
