"""What every server of the suite promises, on a server that is a few lines of Python."""

import os
import pathlib
import signal
import socket
import sys
import tempfile
import unittest
import uuid

from tests.services import main, tools
from tests.services.kafka import cluster_id
from tests.services.server import Command, Place, Server, ServiceError, answers
from tests.services.server import process_fields, start_time

SERVES = """
import socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("serves", flush=True)
while True:
    listener.accept()[0].close()
"""


class Small(Server):
    """Listens, and nothing more."""

    name = "small"
    ports = ("main",)
    start_s = 30
    program_text = SERVES

    def build(self, target):
        (target / "program.py").write_text(self.program_text, "ascii")

    def prepare(self):
        (self.run / "data").mkdir(exist_ok=True)

    def commands(self):
        argv = [sys.executable, str(self.program / "program.py"), str(self.port("main"))]
        return [Command("small", argv, lambda: answers(self.port("main")))]

    def environment(self):
        return {"OTM_TEST_MONGO_URLS": f"small:{self.port('main')}", "OTM_TEST_SMALL": "1"}


class ServerTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR"))
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.place = Place(self.folder / "cache", self.folder / "run")

    def server(self, kind=Small):
        server = kind(self.place)
        self.addCleanup(server.kill)
        return server

    def test_it_is_installed_started_found_by_another_program_and_stopped(self):
        server = self.server()
        self.assertEqual(server.status(), "not installed")
        server.start()
        other = Small(self.place)  # As the next run of the command line sees it.
        self.assertTrue(other.up())
        self.assertTrue(answers(other.port("main")))
        self.assertIn(f"main {other.port('main')}", other.status())
        before = other.pids()
        other.start()  # Twice is once.
        self.assertEqual(other.pids(), before)
        server.stop()
        self.assertEqual((other.up(), other.status()), (False, "stopped"))
        other.stop()

    def test_after_a_kill_it_comes_back_on_its_ports_with_its_data(self):
        server = self.server()
        server.start()
        port = server.port("main")
        (server.run / "data" / "file").write_text("kept", "ascii")
        server.kill()
        self.assertFalse(answers(port))
        server.start()
        self.assertEqual(server.port("main"), port)
        self.assertTrue((server.run / "data" / "file").exists())

    def test_wipe_forgets_data_and_ports(self):
        server = self.server()
        server.start()
        (server.run / "data" / "file").write_text("gone", "ascii")
        server.wipe()
        self.assertFalse((server.run / "data").exists())
        self.assertEqual(server.state["ports"], {})

    def test_a_process_that_got_its_number_later_is_left_alone(self):
        server = self.server()
        server.start()
        server.stop()
        mine = {"pid": os.getpid(), "start_time": start_time(os.getpid()) + 1}
        server.save(processes={"small": mine})
        self.assertFalse(server.up())
        server.kill()  # This test would not survive it.

    def test_one_that_ends_at_once_is_reported_with_its_last_words(self):
        class Broken(Small):
            program_text = "raise SystemExit('the disk is made of cheese')"

        with self.assertRaisesRegex(ServiceError, "ended with 1 .*\n.*made of cheese"):
            self.server(Broken).start()

    def test_one_that_never_serves_is_given_up(self):
        class Slow(Small):
            start_s = 0.5
            program_text = "import time; time.sleep(60)"

        server = self.server(Slow)
        with self.assertRaisesRegex(ServiceError, "does not serve after"):
            server.start()
        self.assertEqual(server.pids(), {})

    def test_a_port_that_was_taken_meanwhile_is_named_with_the_way_out(self):
        server = self.server()
        server.start()
        server.stop()
        with socket.create_server(("127.0.0.1", server.port("main"))):
            # Something answers there, but not the server: its end is what counts.
            Small.commands, kept = self.commands_that_never_answer, Small.commands
            try:
                with self.assertRaisesRegex(ServiceError, "services wipe small"):
                    server.start()
            finally:
                Small.commands = kept

    @staticmethod
    def commands_that_never_answer(server):
        argv = [sys.executable, str(server.program / "program.py"), str(server.port("main"))]
        return [Command("small", argv, lambda: False)]

    def test_one_that_is_paused_goes_on_and_can_be_stopped_while_paused(self):
        server = self.server()
        server.start()
        server.pause()
        self.assertEqual(process_fields(server.pids()["small"])[0], "T")
        server.resume()
        server.pause()
        server.stop()
        self.assertFalse(server.up())

    def test_what_tests_need_is_a_list_for_several_mongo_servers(self):
        class Other(Small):
            name = "other"

        servers = [
            self.server(),
            self.server(Other),
            self.server(type("Down", (Small,), {"name": "d"})),
        ]
        servers[0].start()
        servers[1].start()
        found = main.environment(servers)
        ports = [one.port("main") for one in servers[:2]]
        self.assertEqual(found["OTM_TEST_MONGO_URLS"], f"small:{ports[0]} small:{ports[1]}")

    def test_sweep_ends_only_what_belongs_to_processes_that_are_gone(self):
        server = self.server()
        server.start()
        cache = self.folder / "cache"
        for pid in (os.getpid(), 2**22 + 1):  # The second is above the highest number there is.
            (cache / "run" / f"test-{pid}").mkdir(parents=True)
        main.sweep(cache)
        left = [run.name for run in (cache / "run").iterdir()]
        self.assertEqual(left, [f"test-{os.getpid()}"])
        self.assertTrue(server.up())


class ClusterIdTest(unittest.TestCase):
    def test_an_id_is_never_taken_for_an_option(self):
        ids = iter([uuid.UUID(int=0xF8 << 120), uuid.UUID(int=1)])  # The first: "-AAA…".
        self.assertEqual(cluster_id(lambda: next(ids)), "AAAAAAAAAAAAAAAAAAAAAQ")


class LockTest(unittest.TestCase):
    def test_every_file_has_to_be_the_one_of_the_lock(self):
        with tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR")) as name:
            folder = pathlib.Path(name) / "jars"
            folder.mkdir()
            (folder / "a.jar").write_bytes(b"a")
            lock = pathlib.Path(name) / "lock"
            digest = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
            lock.write_text(f"{digest}  a.jar\n", "ascii")
            tools.check_lock(folder, lock)
            (folder / "b.jar").write_bytes(b"b")
            with self.assertRaisesRegex(ServiceError, "b.jar"):
                tools.check_lock(folder, lock)
            (folder / "b.jar").unlink()
            (folder / "a.jar").write_bytes(b"another")
            with self.assertRaisesRegex(ServiceError, "a.jar"):
                tools.check_lock(folder, lock)

    def test_a_tool_that_fails_or_is_missing_is_reported(self):
        with tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR")) as name:
            log = pathlib.Path(name) / "log"
            self.assertEqual(tools.run(["echo", "well"], log), "well\n")
            with self.assertRaisesRegex(ServiceError, "failed with 3"):
                tools.run(["sh", "-c", "exit 3"], log)
            with self.assertRaisesRegex(ServiceError, "no otm-no-such-tool here"):
                tools.run(["otm-no-such-tool"], log)

    def test_an_unknown_name_is_answered_with_those_there_are(self):
        self.assertEqual(main.main(["start", "mysql"]), 64)
        self.assertEqual(main.main(["explode"]), 64)


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    unittest.main()
