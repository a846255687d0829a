#!/usr/bin/env python3
"""Faults of a whole otm-home: each gives a clear message with the next step, and loses nothing.

usage: home_faults_test.py PROGRAM
"""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fake_ollama import FakeOllama  # noqa: E402
from home_driver import Events, Home, new_id, until  # noqa: E402

PROGRAM = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else ""


def free_port():
    """A port that was free a moment ago; only for servers that must come back where they were."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def runs(pid):
    """False also for a zombie that nobody has waited for."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


class HomeFaults(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR"))
        self.homes = []

    def tearDown(self):
        for home in self.homes:
            if home.process and home.process.poll() is None:
                home.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def home(self, name="data", *options, model="sim"):
        self.homes.append(Home(PROGRAM, os.path.join(self.folder, name), *options, model=model))
        return self.homes[-1]

    def assert_refuses(self, home, code, *words, port=0, environment=None):
        """It ends at once with `code`, and its last words have all of `words`."""
        home.start(wait=False, port=port, environment=environment)
        self.assertEqual(home.process.wait(30), code, home.last_words())
        for word in words:
            self.assertIn(word, home.last_words())

    # Starting.

    def test_a_second_instance_on_the_same_data_is_refused_and_the_first_goes_on(self):
        first = self.home().start()
        self.assert_refuses(self.home(), 73, "--data")
        self.assertEqual(first.request("GET", "/healthz")[0], 200)

    def test_a_port_that_is_taken_is_named_with_the_way_out(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.assert_refuses(self.home(), 69, str(port), "--port", port=port)

    def test_a_data_folder_that_cannot_be_written_is_named_with_the_way_out(self):
        if os.geteuid() == 0:
            # Root may write anywhere but into what is no folder.
            with open(os.path.join(self.folder, "file"), "w", encoding="ascii"):
                pass
            process = subprocess.run(
                [
                    PROGRAM,
                    "--data",
                    os.path.join(self.folder, "file", "data"),
                    "--port",
                    "0",
                    "--model",
                    "sim",
                ],
                capture_output=True,
                text=True,
                timeout=30,
                check=False,
            )
            self.assertNotEqual(process.returncode, 0)
            self.assertIn("--data", process.stderr)
            return
        data = os.path.join(self.folder, "data")
        os.mkdir(data, 0o500)
        self.assert_refuses(self.home(), 69, "--data")

    def test_an_address_that_others_can_reach_is_refused_while_there_are_no_accounts(self):
        self.assert_refuses(self.home("data", "--address", "0.0.0.0"), 64, "account", "127.0.0.1")

    def test_an_unknown_option_is_refused_with_the_likely_one(self):
        self.assert_refuses(self.home("data", "--prot", "1"), 64, "--port")

    def test_a_model_that_is_neither_a_word_nor_an_address_is_refused(self):
        self.assert_refuses(self.home("data", model="gpt"), 64, "auto", "sim", "http://")

    # Running.

    def test_a_foreign_host_is_refused_since_its_name_may_have_been_bound_to_us(self):
        home = self.home().start()
        for host in ("evil.example", "evil.example:9000", "127.0.0.1.evil.example", ""):
            self.assertIn(
                home.request("GET", "/api/prompts", headers={"Host": host})[0], (400, 421), host
            )
        for host in (f"127.0.0.1:{home.port}", f"localhost:{home.port}"):
            self.assertEqual(
                home.request("GET", "/api/prompts", headers={"Host": host})[0], 200, host
            )

    def test_a_page_elsewhere_cannot_ask(self):
        home = self.home().start()
        body = json.dumps({"id": new_id(), "prompt": "from elsewhere"})
        refused = [
            {"Content-Type": "application/json", "Origin": "https://evil.example"},
            {"Content-Type": "application/json", "Origin": "null"},
            {"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site"},
            {"Content-Type": "text/plain"},
            {"Content-Type": "application/x-www-form-urlencoded"},
        ]
        for headers in refused:
            status, problem = home.request("POST", "/api/prompts", body, headers)
            self.assertIn(status, (403, 415), headers)
            self.assertIn("detail", problem)
        self.assertEqual(home.all_prompts(), [])

    def test_the_disk_is_full_then_has_room_and_nothing_accepted_is_lost(self):
        data = os.path.join(self.folder, "small")
        os.mkdir(data)
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", data],
            capture_output=True,
            check=False,
        )
        if mounted.returncode != 0:
            self.skipTest("a small disk needs the right to mount: run this test as root")
        try:
            self.fill_and_free(data)
        finally:
            for home in self.homes:
                if home.process and home.process.poll() is None:
                    home.kill()
            subprocess.run(["umount", "-l", data], check=False)

    def fill_and_free(self, data):
        home = self.home("small", "--prompts-per-hour", "100000").start()
        accepted = [home.ask("before")]
        with open(os.path.join(data, "ballast"), "wb", buffering=0) as ballast:
            try:
                while ballast.write(b"x" * 4096):
                    pass
            except OSError:
                pass
        refused = 0
        for number in range(40):
            status, reply = home.request(
                "POST", "/api/prompts", {"id": new_id(), "prompt": f"{number} " + "y" * 30000}
            )
            if status == 202:
                accepted.append(reply["id"])
            else:
                refused += 1
                self.assertEqual(status, 503, reply)
                self.assertIn("detail", reply)
        self.assertGreater(refused, 0, "the disk was not full")
        self.assertEqual(home.request("GET", "/healthz")[0], 200)
        os.remove(os.path.join(data, "ballast"))
        for prompt_id in accepted:
            self.assertEqual(home.answer(prompt_id)["status"], "COMPLETED")
        self.assertEqual(home.answer(home.ask("after"))["status"], "COMPLETED")

    def test_ollama_is_absent_then_appears_and_the_waiting_question_is_answered(self):
        port = free_port()
        home = self.home(model=f"http://127.0.0.1:{port}").start()
        waiting = home.ask("What is six times seven?")
        until(
            lambda: home.request("GET", "/api/models")[1]["state"] == "MISSING",
            "the model is missed",
        )
        self.assertIn(str(port), home.request("GET", "/api/models")[1]["detail"])
        self.assertIn(home.prompt(waiting).get("status", "PENDING"), ("PENDING",))
        ollama = FakeOllama(port)
        try:
            prompt = home.answer(waiting)
            self.assertEqual(prompt["status"], "COMPLETED")
            self.assertIn("42", prompt["answer"])
            self.assertGreater(ollama.asked, 0)
        finally:
            ollama.close()

    def test_ollama_goes_away_and_comes_back_and_questions_wait_meanwhile(self):
        ollama = FakeOllama()
        port = ollama.server_address[1]
        home = self.home(model=ollama.url).start()
        self.assertEqual(home.answer(home.ask("first"))["status"], "COMPLETED")
        ollama.close()
        until(
            lambda: home.request("GET", "/api/models")[1]["state"] == "MISSING",
            "the model is missed",
        )
        waiting = home.ask("second")
        ollama = FakeOllama(port)
        try:
            self.assertEqual(home.answer(waiting)["status"], "COMPLETED")
        finally:
            ollama.close()

    def prepared(self):
        """A home whose cache holds a prepared server, a stand-in for the real one."""
        cache = os.path.join(self.folder, "cache")
        os.makedirs(os.path.join(cache, "store", "manifests"))
        with open(os.path.join(cache, "version"), "w", encoding="ascii") as version:
            version.write("0.17.4\n")
        server = os.path.join(cache, "ollama")
        here = os.path.dirname(os.path.abspath(__file__))
        with open(server, "w", encoding="ascii") as script:
            script.write(f'#!/bin/sh\necho $$ >"{cache}/pid"\n')
            script.write(f'exec /usr/bin/python3 "{here}/fake_ollama.py" "$@"\n')
        os.chmod(server, 0o755)
        nobody = f"http://127.0.0.1:{free_port()}"
        home = self.home("data", "--cache", cache, "--ollama-url", nobody, model="auto").start()
        self.assertIn("42", home.answer(home.ask("What is six times seven?"))["answer"])
        self.assertEqual(home.request("GET", "/api/models")[1]["state"], "READY")
        return home, self.server_pid()

    def server_pid(self):
        with open(os.path.join(self.folder, "cache", "pid"), encoding="ascii") as pid:
            return int(pid.read() or 0)

    def test_a_prepared_server_answers_and_stops_with_the_home(self):
        home, server = self.prepared()
        self.assertEqual(home.stop(), 0, home.last_words())
        self.assertFalse(os.path.exists(f"/proc/{server}"))

    def test_a_prepared_server_ends_when_the_home_is_killed(self):
        home, server = self.prepared()
        home.kill()
        until(lambda: not runs(server), "the model server has ended")

    def test_a_prepared_server_that_is_killed_is_started_again(self):
        home, server = self.prepared()
        os.kill(server, signal.SIGKILL)
        until(lambda: self.server_pid() != server, "another model server runs")
        until(lambda: home.request("GET", "/api/models")[1]["state"] == "READY", "it can be asked")
        prompt = home.answer(home.ask("And seven times six?"))
        self.assertIn("42", prompt["answer"], prompt)

    def test_the_simulator_says_so_on_every_answer_and_how_to_connect_a_model(self):
        home = self.home().start()
        prompt = home.answer(home.ask("Who are you?"))
        self.assertIn("simulated: no model connected", prompt["result"]["notice"])
        self.assertEqual(home.request("GET", "/api/models")[1]["state"], "SIMULATED")

    # Stopping.

    def test_it_stops_cleanly_with_a_stream_open_and_a_question_running(self):
        home = self.home().start()
        events = Events(home)
        events.start()
        until(events.connected.is_set, "the event stream is open")
        asked = home.ask("still there after a restart?")
        self.assertEqual(home.stop(), 0, home.last_words())
        events.ended = True
        self.assertFalse(os.path.exists(os.path.join(home.data, "otm-home.run")))
        home.start()
        self.assertEqual(home.answer(asked)["status"], "COMPLETED")

    def test_ask_prints_the_answer_on_stdout_and_the_rest_on_stderr(self):
        home = self.home().start()
        done = subprocess.run(
            [PROGRAM, "ask", "--url", f"http://127.0.0.1:{home.port}", "Why?"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("simulated", done.stdout)
        self.assertIn("asked", done.stderr)

    def test_ask_without_a_home_says_how_to_start_one(self):
        done = subprocess.run(
            [PROGRAM, "ask", "--url", "http://127.0.0.1:9", "Why?"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.assertEqual(done.returncode, 69)
        self.assertEqual(done.stdout, "")
        self.assertIn("./otm up", done.stderr)


if __name__ == "__main__":
    unittest.main()
