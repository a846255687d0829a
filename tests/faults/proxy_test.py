"""Each fault of the proxy does what its name says, and ends when it is healed."""

import socket
import subprocess
import sys
import threading
import time
import unittest

from tests.faults.proxy import DOWN, UP, FaultProxy

PATIENCE_S = 30
SHORT_S = 0.3  # Long enough to see that nothing comes; a slow machine only makes it surer.


class Echo:
    """Sends back whatever it gets, and closes when the client has."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()
        self.served = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.served.append(client)
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            while chunk := client.recv(65536):
                client.sendall(chunk)
            client.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)  # close() alone waits for the accept() in there.
        self.listener.close()
        for client in self.served:
            client.close()


class FaultProxyTest(unittest.TestCase):
    def setUp(self):
        self.echo = Echo()
        self.proxy = FaultProxy(self.echo.address, seed=1)
        self.addCleanup(self.echo.close)
        self.addCleanup(self.proxy.close)

    def connect(self):
        client = socket.create_connection(("127.0.0.1", self.proxy.port), PATIENCE_S)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.addCleanup(client.close)
        return client

    def exchange(self, client, data=b"hello"):
        client.sendall(data)
        return self.receive(client, len(data))

    def receive(self, client, count):
        got = b""
        while len(got) < count:
            chunk = client.recv(count - len(got))
            if not chunk:
                break
            got += chunk
        return got

    def assert_silent(self, client):
        client.settimeout(SHORT_S)
        with self.assertRaises(TimeoutError):
            client.recv(1)
        client.settimeout(PATIENCE_S)

    def test_without_a_fault_everything_passes_and_so_does_the_end(self):
        client = self.connect()
        data = bytes(range(256)) * 8192
        sender = threading.Thread(target=client.sendall, args=(data,))
        sender.start()
        self.assertEqual(self.receive(client, len(data)), data)
        sender.join()
        self.assertEqual(self.proxy.passed(), {UP: len(data), DOWN: len(data)})
        client.shutdown(socket.SHUT_WR)
        self.assertEqual(client.recv(1), b"")

    def test_latency_delays_one_way_and_keeps_the_order(self):
        client = self.connect()
        self.exchange(client)
        self.proxy.set(DOWN, latency_s=0.4, jitter_s=0.2)
        begin = time.monotonic()
        for number in range(10):
            client.sendall(b"%d" % number)
        self.assertEqual(self.receive(client, 10), b"0123456789")
        self.assertGreaterEqual(time.monotonic() - begin, 0.4)

    def test_healing_ends_a_long_latency_at_once(self):
        client = self.connect()
        self.proxy.set(UP, latency_s=3600)
        client.sendall(b"late")
        self.assert_silent(client)
        self.proxy.heal()
        self.assertEqual(self.receive(client, 4), b"late")

    def test_down_refuses_and_resets_and_comes_back_on_the_same_port(self):
        client = self.connect()
        self.exchange(client)
        self.proxy.down()
        with self.assertRaises(ConnectionError):
            client.recv(1)
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", self.proxy.port), PATIENCE_S)
        self.proxy.down()  # Twice is once.
        self.proxy.heal()
        self.assertEqual(self.exchange(self.connect()), b"hello")

    def test_it_comes_back_on_its_port_though_a_closed_connection_still_lingers_there(self):
        client = self.connect()
        self.exchange(client)
        self.echo.served[0].shutdown(socket.SHUT_RDWR)  # The proxy closes first: TIME_WAIT is its.
        self.assertEqual(client.recv(1), b"")
        client.close()
        self.proxy.down()
        self.proxy.heal()
        self.assertEqual(self.exchange(self.connect()), b"hello")

    def test_bandwidth_is_what_passes_in_a_second(self):
        client = self.connect()
        self.proxy.set(UP, bytes_per_s=20_000)
        begin = time.monotonic()
        self.exchange(client, b"x" * 10_000)
        self.assertGreaterEqual(time.monotonic() - begin, 0.4)

    def test_slow_close_delays_only_the_end(self):
        client = self.connect()
        self.proxy.set(DOWN, close_delay_s=SHORT_S)
        begin = time.monotonic()
        self.assertEqual(self.exchange(client), b"hello")
        client.shutdown(socket.SHUT_WR)
        self.assertEqual(client.recv(1), b"")
        self.assertGreaterEqual(time.monotonic() - begin, SHORT_S)

    def test_a_partition_holds_everything_and_loses_nothing(self):
        client = self.connect()
        self.exchange(client)
        self.proxy.partition()
        client.sendall(b"held")
        self.assert_silent(client)
        fresh = self.connect()  # The system accepts; nobody answers.
        fresh.sendall(b"new")
        self.assert_silent(fresh)
        self.proxy.heal()
        self.assertEqual(self.receive(client, 4), b"held")
        self.assertEqual(self.receive(fresh, 3), b"new")

    def test_who_connects_to_what_is_unreachable_gets_no_answer(self):
        client = self.connect()
        self.exchange(client)
        self.proxy.unreachable()
        client.sendall(b"held")
        self.assert_silent(client)
        with socket.socket() as fresh:
            fresh.settimeout(SHORT_S)
            self.assertRaises(TimeoutError, fresh.connect, ("127.0.0.1", self.proxy.port))
        self.proxy.heal()
        self.assertEqual(self.receive(client, 4), b"held")
        self.assertEqual(self.exchange(self.connect()), b"hello")
        self.proxy.unreachable()
        self.proxy.heal()
        self.assertEqual(self.exchange(self.connect()), b"hello")

    def test_a_one_way_partition_lets_the_other_way_through(self):
        client = self.connect()
        self.exchange(client)
        self.proxy.partition(DOWN)
        before = self.proxy.passed()[UP]
        client.sendall(b"there")
        self.assert_silent(client)
        self.assertEqual(self.proxy.passed()[UP], before + 5)
        self.proxy.heal()
        self.assertEqual(self.receive(client, 5), b"there")

    def test_reset_breaks_what_there_is_and_serves_what_comes(self):
        client = self.connect()
        self.exchange(client)
        self.proxy.reset()
        with self.assertRaises(ConnectionResetError):
            client.recv(1)
        self.assertEqual(self.exchange(self.connect()), b"hello")

    def test_reset_each_breaks_every_connection_at_its_first_bytes(self):
        self.proxy.reset_each()
        for _ in range(3):
            client = self.connect()
            client.sendall(b"x")
            with self.assertRaises(ConnectionResetError):
                client.recv(1)
        self.proxy.heal()
        self.assertEqual(self.exchange(self.connect()), b"hello")

    def test_the_slicer_writes_one_byte_at_a_time(self):
        client = self.connect()
        self.proxy.set("both", slice_bytes=1)
        data = bytes(range(256))
        self.assertEqual(self.exchange(client, data), data)

    def test_a_cut_passes_so_many_bytes_and_ends_both_sides(self):
        self.proxy.set(DOWN, cut_after=3)
        client = self.connect()
        client.sendall(b"hello")
        self.assertEqual(self.receive(client, 5), b"hel")
        self.proxy.heal()
        self.assertEqual(self.exchange(self.connect()), b"hello")

    def test_a_cut_at_the_end_of_the_bytes_waits_for_the_next(self):
        self.proxy.set(DOWN, cut_after=5)
        client = self.connect()
        self.assertEqual(self.exchange(client), b"hello")
        client.sendall(b"!")
        self.assertEqual(client.recv(1), b"")

    def test_a_half_open_connection_is_silent_until_healed_and_new_ones_work(self):
        client = self.connect()
        self.exchange(client)
        self.proxy.half_open()
        client.sendall(b"anyone?")
        self.assert_silent(client)
        self.assertEqual(self.exchange(self.connect()), b"hello")
        self.proxy.heal()
        with self.assertRaises(ConnectionResetError):
            client.recv(1)

    def test_a_detour_takes_new_connections_until_it_is_healed(self):
        other = Echo()
        self.addCleanup(other.close)
        client = self.connect()
        self.exchange(client)
        self.proxy.go_by(other.address)
        self.assertRaises(ConnectionResetError, client.recv, 1)
        self.assertEqual(self.exchange(self.connect()), b"hello")
        self.assertEqual(len(other.served), 1)
        self.proxy.heal()
        self.assertEqual(self.exchange(self.connect()), b"hello")
        self.assertEqual(len(other.served), 1)

    def test_loss_delays_and_loses_nothing(self):
        client = self.connect()
        self.proxy.set("both", loss=0.3)
        for number in range(5):
            self.assertEqual(self.exchange(client, b"%d" % number), b"%d" % number)

    def test_an_upstream_that_is_gone_resets_the_client(self):
        with socket.create_server(("127.0.0.1", 0)) as gone:
            self.proxy.upstream = gone.getsockname()
        with self.assertRaises(ConnectionResetError):  # Maybe before connect() is back.
            self.connect().recv(1)

    def test_the_program_takes_commands_line_by_line(self):
        program = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.faults.proxy_main",
                "127.0.0.1:%d" % self.echo.address[1],
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

        def say(line):
            program.stdin.write(line + "\n")
            return program.stdout.readline().strip()

        with program:
            port = int(program.stdout.readline().split()[1])
            client = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
            self.addCleanup(client.close)
            self.assertEqual(self.exchange(client), b"hello")
            self.assertEqual(say("passed"), "ok 5 5")
            self.assertEqual(say("set down latency_s=0.1 slice_bytes=1"), "ok")
            self.assertEqual(self.exchange(client), b"hello")
            for wrong in (
                "explode",
                "partition sideways",
                "set up",
                "set up speed=1",
                "set up loss=x",
            ):
                self.assertTrue(say(wrong).startswith("error "), wrong)
            self.assertEqual(say("down"), "ok")
            with self.assertRaises(ConnectionError):
                client.recv(1)
        self.assertEqual(program.returncode, 0)


if __name__ == "__main__":
    unittest.main()
