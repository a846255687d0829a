"""What the injector passes on and what it answers itself, byte by byte."""

import socket
import struct
import threading
import unittest

from tests.faults.mongo_errors import HEADER, OP_MSG, MongoErrors, command_of, read_message


def message(command, request_id=7):
    body = b"\x10" + command + b"\0" + struct.pack("<i", 1)
    document = struct.pack("<i", len(body) + 5) + body + b"\0"
    return HEADER.pack(21 + len(document), request_id, 0, OP_MSG) + bytes(5) + document


class Server(threading.Thread):
    """Answers every message with itself, and counts."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.seen = []

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client:
            try:
                while True:
                    got = read_message(client)
                    self.seen.append(command_of(got))
                    client.sendall(got)
            except (OSError, EOFError):
                pass


class MongoErrorsTest(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.server.start()
        self.errors = MongoErrors(self.server.listener.getsockname())
        self.addCleanup(self.errors.close)
        self.client = socket.create_connection(("127.0.0.1", self.errors.port), 30)
        self.addCleanup(self.client.close)

    def ask(self, command):
        self.client.sendall(message(command))
        return read_message(self.client)

    def test_without_an_error_everything_passes(self):
        self.assertEqual(self.ask(b"insert"), message(b"insert"))

    def test_writes_get_the_code_and_are_not_carried_out(self):
        self.errors.arm(112, share=1)
        for write in (b"insert", b"update", b"findAndModify", b"delete"):
            reply = self.ask(write)
            self.assertEqual(HEADER.unpack_from(reply)[2:], (7, OP_MSG))
            self.assertEqual(struct.unpack_from("<i", reply)[0], len(reply))
            self.assertIn(b"\x10code\0" + struct.pack("<i", 112), reply)
            self.assertIn(b"WriteConflict", reply)
        self.assertEqual(self.ask(b"find"), message(b"find"))
        self.assertEqual(self.server.seen, [b"find"])
        self.assertEqual(self.errors.given, 4)
        self.errors.heal()
        self.assertEqual(self.ask(b"insert"), message(b"insert"))

    def test_a_lost_answer_is_of_a_command_that_was_carried_out(self):
        self.errors.arm("lost", share=1)
        with self.assertRaises(EOFError):
            self.ask(b"insert")
        self.assertEqual(self.server.seen, [b"insert"])

    def test_what_is_no_op_msg_has_no_command(self):
        self.assertEqual(command_of(HEADER.pack(26, 1, 0, 2004) + bytes(30)), b"")
        self.assertEqual(command_of(b"short"), b"")


if __name__ == "__main__":
    unittest.main()
