#!/usr/bin/env python3
"""Web Push in the distributed edition: two notifiers on one database, one of them killed.

usage: distributed_push_test.py COUNCIL NOTIFIER PORTAL

OTM_TEST_KAFKA_BROKERS and OTM_TEST_MONGO_URLS say where real servers are; every MongoDB-wire server
gets a run of its own.
"""

import collections
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from distributed_driver import Edition, Service, needed  # noqa: E402
from home_driver import until  # noqa: E402
from push_service import PushService, subscription  # noqa: E402

QUESTIONS = 6


def seen_of(service):
    """How often each prompt came."""
    return collections.Counter(headers["Topic"] for _, headers, _ in list(service.seen.queue))


def run(programs, folder, mongo_url):
    """One edition on one server, from the subscription to the notifier that was killed."""
    service = PushService()
    edition = Edition(programs, folder, mongo_url)
    for process in edition.services:
        process.environment["OTM_PUSH_SERVICES"] = service.url
    os.mkdir(os.path.join(folder, "second"))
    second = Service(
        programs[1], os.path.join(folder, "second"), [], edition.notifier.environment
    )
    try:
        edition.start()
        second.start()
        portal = edition.portal
        until(lambda: portal.request("GET", "/api/push")[1].get("publicKey"), "there is a key", 0.2)
        for name in ("phone", "tablet"):
            status, reply = portal.request(
                "PUT", "/api/push/subscriptions", subscription(f"{service.url}/{name}")
            )
            assert status == 200, reply
        ids = [portal.answer(portal.ask(f"question {n}"))["id"] for n in range(QUESTIONS)]
        until(lambda: seen_of(service).total() >= 2 * QUESTIONS, "every answer was told to both")
        assert seen_of(service) == {each: 2 for each in ids}, seen_of(service)

        # Both are killed while a message of theirs is on its way; another one takes over.
        service.plan = ["hold"]
        last = portal.answer(portal.ask("Is this one told twice?"))["id"]
        until(lambda: seen_of(service)[last] >= 1, "it was sent")
        edition.notifier.kill()
        second.kill()
        service.plan = [201]
        edition.notifier.start()
        after = portal.answer(portal.ask("Is this one told?"))["id"]
        until(lambda: seen_of(service)[after] == 2, "the next answer was told to both")
        assert seen_of(service)[last] <= 2, seen_of(service)
        paths = collections.Counter(
            path for path, headers, _ in list(service.seen.queue) if headers["Topic"] == last
        )
        assert max(paths.values()) == 1, paths
        print(f"ok: {QUESTIONS} answers told to two browsers once each; after kill -9 none twice")
    finally:
        for process in (*edition.services, second):
            process.stop()
        service.stop()


def main(*programs):
    for mongo_url in needed("OTM_TEST_MONGO_URLS").split():
        with tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR")) as folder:
            run([os.path.abspath(program) for program in programs], folder, mongo_url)


if __name__ == "__main__":
    main(*sys.argv[1:])
