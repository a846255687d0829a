#!/usr/bin/env python3
"""Web Push from a whole otm-home to a push service of the test's own, over real sockets.

What is inside the messages is looked at by portal_browser_test.mjs, which can decrypt them.

usage: push_test.py PROGRAM
"""

import os
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from home_driver import Home, until  # noqa: E402
from push_service import PushService, subscription  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else ""

class Push(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR"))
        self.service = PushService()
        self.home = Home(PROGRAM, os.path.join(self.folder, "data"))
        self.start()

    def tearDown(self):
        if self.home.process.poll() is None:
            self.home.kill()
        self.service.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        self.home.start(environment={"OTM_PUSH_SERVICES": self.service.url})

    def subscribe(self, name="phone", status=200):
        body = subscription(f"{self.service.url}/{name}")
        got, reply = self.home.request("PUT", "/api/push/subscriptions", body)
        self.assertEqual(got, status, reply)
        return reply

    def shown(self):
        status, reply = self.home.request("GET", "/api/push")
        self.assertEqual(status, 200, reply)
        return reply

    def counted(self, outcome):
        """What notifier_push_total says."""
        _, text = self.home.request("GET", "/metrics")
        mark = f'notifier_push_total{{outcome="{outcome}"}} '
        return sum(float(line[len(mark) :]) for line in text.splitlines() if line.startswith(mark))

    def ask(self, text):
        return self.home.answer(self.home.ask(text))["id"]

    def test_each_answer_comes_once_and_the_key_stays_over_a_restart(self):
        self.subscribe()
        until(lambda: self.shown()["publicKey"], "the key is made")
        key = self.shown()["publicKey"]
        self.assertEqual(len(key), 87)
        first = self.ask("Why is the sky blue?")
        path, headers, body = self.service.next()
        self.assertEqual(path, "/phone")
        self.assertEqual(headers["Topic"], first)
        self.assertEqual(headers["Content-Encoding"], "aes128gcm")
        self.assertTrue(headers["Authorization"].endswith(", k=" + key), headers["Authorization"])
        self.assertNotIn(b"sky", body)
        until(lambda: self.counted("sent") == 1, "it was sent")
        self.assertEqual(self.home.stop(), 0)
        self.start()
        self.assertEqual(self.shown()["publicKey"], key)
        second = self.ask("And the sea?")
        self.assertEqual(self.service.next()[1]["Topic"], second)
        until(lambda: self.counted("sent") == 1, "it was sent")
        self.assertTrue(self.service.seen.empty())

    def test_killed_between_claim_and_answer_it_is_not_told_again(self):
        self.service.plan = ["hold", 201]
        self.subscribe()
        first = self.ask("Is it told twice?")
        self.assertEqual(self.service.next()[1]["Topic"], first)
        self.home.kill()
        self.start()
        second = self.ask("Is this one told?")
        self.assertEqual(self.service.next()[1]["Topic"], second)
        until(lambda: self.counted("sent") == 1, "the second was sent")
        self.assertTrue(self.service.seen.empty(), "the first came again")

    def test_a_subscription_that_has_gone_is_removed(self):
        self.service.plan = [410]
        self.subscribe()
        self.ask("Who is there?")
        self.service.next()
        until(lambda: self.shown()["subscriptions"] == [], "it is removed")
        self.assertEqual(self.counted("gone"), 1)

    def test_what_was_not_taken_is_sent_again_when_asked_to(self):
        self.service.plan = [429, 503, 201]
        self.subscribe()
        first = self.ask("Once more?")
        for _ in range(3):
            self.assertEqual(self.service.next()[1]["Topic"], first)
        until(lambda: self.counted("sent") == 1, "it was sent")
        self.assertTrue(self.service.seen.empty())

    def test_in_quiet_hours_nothing_is_sent(self):
        self.subscribe()
        for hours in ("00:00-12:01", "12:00-00:01"):  # One of them is now.
            quiet = {"quiet": {"hours": hours, "zone": "UTC"}}
            status, reply = self.home.request("PUT", "/api/push/preferences", quiet)
            self.assertEqual(status, 204, reply)
            self.assertEqual(self.shown()["preferences"]["quiet"]["hours"], hours)
            self.ask(f"Is it quiet at {hours}?")
            until(lambda: self.counted("quiet") + self.counted("sent") >= 1, "it was decided")
        until(lambda: self.counted("quiet") + self.counted("sent") == 2, "both were decided")
        self.assertGreaterEqual(self.counted("quiet"), 1)
        self.assertEqual(self.service.seen.qsize(), self.counted("sent"))

    def test_addresses_of_the_house_and_of_strangers_are_refused(self):
        port = self.home.port
        for endpoint in (
            f"http://127.0.0.1:{port}/api/prompts",
            "https://127.0.0.1/",
            "https://192.168.1.1/",
            "https://localhost/",
            "https://evil.example/",
        ):
            body = subscription(endpoint)
            status, reply = self.home.request("PUT", "/api/push/subscriptions", body)
            self.assertEqual(status, 400, (endpoint, reply))
        foreign = {"Origin": "https://evil.example"}
        for method, path in (
            ("PUT", "/api/push/subscriptions"),
            ("PUT", "/api/push/preferences"),
            ("DELETE", "/api/push/subscriptions/x"),
        ):
            status, _ = self.home.request(method, path, {}, foreign)
            self.assertEqual(status, 403, path)
        self.assertEqual(self.shown()["subscriptions"], [])


if __name__ == "__main__":
    unittest.main()
