#!/usr/bin/env python3
"""The classic trap of Kafka in a home network: it answers, and sends its clients somewhere else.

usage: kafka_trap_test.py COUNCIL PORTAL

A real broker whose listeners advertise what nobody can reach: the name that a container has for it
(as the original's compose file does), and a port where nothing listens. Each program has to say so
on /readyz, with the setting to change; and the portal takes questions meanwhile.
"""

import os
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from distributed_driver import Portal, Service, free_port  # noqa: E402
from home_driver import new_id, until  # noqa: E402
from tests.services.kafka import LISTENERS, Kafka  # noqa: E402
from tests.services.server import Place  # noqa: E402

CONTAINER = "otm-home-kafka.invalid:9092"  # RFC 2606: a name that nobody has.
PROGRAMS = []  # Of the command line.


class TrappingKafka(Kafka):
    """Two more listeners, which clients find and are sent away from."""

    listeners = {**LISTENERS, "container": "PLAINTEXT", "closed": "PLAINTEXT"}

    def properties(self):
        found = super().properties()
        mine = f"CONTAINER://127.0.0.1:{self.port('container')}"
        found["advertised.listeners"] = found["advertised.listeners"].replace(
            mine, f"CONTAINER://{CONTAINER}"
        )
        return found


class KafkaTrapTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR"))
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cache = os.environ.get("OTM_SERVICES_CACHE") or "~/.cache/otm/services"
        place = Place(pathlib.Path(cache).expanduser(), pathlib.Path(folder.name) / "servers")
        cls.kafka = TrappingKafka(place)
        cls.closed = free_port()
        cls.kafka.advertised["closed"] = cls.closed
        cls.addClassCleanup(cls.kafka.kill)
        cls.kafka.start()

    def start(self, kind, program, listener):
        """One of ours, whose Kafka is that listener; there is no MongoDB either."""
        environment = {
            "OTM_KAFKA_BROKERS": f"127.0.0.1:{self.kafka.port(listener)}",
            "OTM_MONGO_URL": "mongodb://127.0.0.1:1",
            "OTM_NOTIFIER_URLS": "http://127.0.0.1:1",
            "OTM_NOTIFIER_TOKEN": "a-service-token-for-tests",
        }
        options = ["--model", "sim"] if kind is Service else []
        service = kind(program, tempfile.mkdtemp(dir=self.folder), options, environment)
        self.addCleanup(service.stop)
        return service.start()

    def assert_explained(self, service, listener, advertised):
        def part():  # The portal's is its own disk and Kafka.
            parts = service.readiness()
            return parts.get("kafka") or parts.get("bus") or ("", "")

        until(lambda: "advertised.listeners" in part()[1], f"{service.name} explains {listener}")
        state, detail = part()
        self.assertNotEqual(state, "ok")
        self.assertIn(advertised, detail, "where clients are sent")
        own = f"127.0.0.1:{self.kafka.port(listener)}"
        self.assertIn(f"advertised.listeners=PLAINTEXT://{own}", detail, "what would do")

    def test_the_council_explains_the_name_of_a_container(self):
        council = self.start(Service, PROGRAMS[0], "container")
        self.assert_explained(council, "container", CONTAINER)

    def test_the_council_explains_a_port_where_nothing_listens(self):
        council = self.start(Service, PROGRAMS[0], "closed")
        self.assert_explained(council, "closed", f"127.0.0.1:{self.closed}")

    def test_the_portal_explains_it_and_holds_what_it_is_asked(self):
        portal = self.start(Portal, PROGRAMS[1], "container")
        body = {"id": new_id(), "prompt": "held?", "preset": "quick"}
        status, reply = portal.request("POST", "/api/prompts", body)
        self.assertEqual((status, reply.get("held")), (202, "edge"), reply)
        self.assert_explained(portal, "container", CONTAINER)


if __name__ == "__main__":
    PROGRAMS = [os.path.abspath(program) for program in sys.argv[1:3]]
    unittest.main(argv=sys.argv[:1])
