"""What goes over a network that harms packets arrives whole; and packets are harmed as asked."""

import hashlib
import os
import random
import socket
import struct
import threading
import time
import unittest

from tests.faults.packet_net import PacketNet, Unavailable
from tests.faults.packets import WELL, copies, damaged, exchanged

PATIENCE_S = 120
BYTES = 300_000


class PacketsTest(unittest.TestCase):
    def arrived(self, count=2000, **harm):
        chance = random.Random(1)
        return [list(copies(b"packet", {**WELL, **harm}, chance)) for _ in range(count)]

    def test_without_harm_each_arrives_at_once_as_it_was(self):
        self.assertEqual(self.arrived(10), [[(0.0, b"packet")]] * 10)

    def test_a_share_of_them_is_lost(self):
        self.assertAlmostEqual(self.arrived(loss=0.1).count([]) / 2000, 0.1, delta=0.03)

    def test_a_share_of_them_is_doubled(self):
        doubled = sum(len(copies) == 2 for copies in self.arrived(double=0.1))
        self.assertAlmostEqual(doubled / 2000, 0.1, delta=0.03)

    def test_a_share_of_them_is_late(self):
        late = [delay_s for ((delay_s, _),) in self.arrived(late=0.1, late_s=0.5) if delay_s]
        self.assertAlmostEqual(len(late) / 2000, 0.1, delta=0.03)
        self.assertLessEqual(max(late), 0.5)

    def test_a_share_of_them_is_damaged_in_one_bit(self):
        hit = [packet for ((_, packet),) in self.arrived(corrupt=0.1) if packet != b"packet"]
        self.assertAlmostEqual(len(hit) / 2000, 0.1, delta=0.03)
        flipped = int.from_bytes(damaged(b"packet", random.Random(3)), "big")
        self.assertEqual((flipped ^ int.from_bytes(b"packet", "big")).bit_count(), 1)

    def test_source_and_destination_change_places(self):
        head = struct.pack("12s4s4s", b"head", b"from", b"dest")
        back = struct.pack("12s4s4s", b"head", b"dest", b"from")
        self.assertEqual(exchanged(head + b"x"), back + b"x")


class PacketNetTest(unittest.TestCase):
    def setUp(self):
        try:
            self.net = PacketNet()
        except Unavailable as error:
            self.skipTest(f"no network of its own here: {error}")
        self.addCleanup(self.net.close)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.listener.close)
        threading.Thread(target=self.echo, daemon=True).start()

    def echo(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client:
                while chunk := client.recv(65536):
                    client.sendall(chunk)

    def sent_and_back(self, count):
        """Seconds until it was all back, unchanged."""
        data, got, begin = os.urandom(count), hashlib.sha256(), time.monotonic()
        port = self.net.route(self.listener.getsockname())
        with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as client:
            threading.Thread(target=self.send, args=(client, data), daemon=True).start()
            while chunk := client.recv(65536):
                got.update(chunk)
        self.assertEqual(got.digest(), hashlib.sha256(data).digest())
        return time.monotonic() - begin

    @staticmethod
    def send(client, data):
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)

    def test_bytes_come_back_as_they_were(self):
        self.sent_and_back(BYTES)

    def test_lost_packets_are_sent_again(self):
        self.net.harm(loss=0.1)
        self.sent_and_back(BYTES)

    def test_damaged_packets_are_noticed(self):
        self.net.harm(corrupt=0.05)
        self.sent_and_back(BYTES)

    def test_doubled_and_overtaken_packets_are_put_in_order(self):
        self.net.harm(double=0.1, late=0.3, late_s=0.05)
        self.sent_and_back(BYTES)

    def test_a_cut_ends_what_goes_over_it(self):
        port = self.net.route(self.listener.getsockname())
        with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as client:
            client.sendall(b"a")
            self.assertEqual(client.recv(1), b"a")
            self.net.cut()
            try:
                self.assertEqual(client.recv(1), b"")
            except ConnectionResetError:
                pass

    def test_nothing_arrives_while_all_is_lost(self):
        port = self.net.route(self.listener.getsockname())
        with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as client:
            client.sendall(b"a")
            self.assertEqual(client.recv(1), b"a")
            self.net.harm(loss=1.0)
            client.sendall(b"b")
            client.settimeout(0.3)
            self.assertRaises(TimeoutError, client.recv, 1)
            self.net.harm()
            client.settimeout(PATIENCE_S)
            self.assertEqual(client.recv(1), b"b")


if __name__ == "__main__":
    unittest.main()
