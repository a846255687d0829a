"""Answers some commands to a MongoDB server with errors that a replica set gives (fault 16).

    91 ShutdownInProgress, 112 WriteConflict, 10107 NotWritablePrimary and 189 PrimarySteppedDown
    (fault 15): the command was not carried out.
    "lost": it was carried out, and the connection ends before the answer; who tries again gets
    11000 DuplicateKey from the server itself. That is how 11000 comes about; one that is not
    true would say that a question is stored which is not.

Stands between a proxy and the server; without an error armed it passes everything on.
"""

import random
import socket
import struct
import threading

HEADER = struct.Struct("<iiii")  # Bytes, request id, id that this answers, opcode.
OP_MSG = 2013
MESSAGE_BYTES_MAX = 48 << 20
WRITES = (b"insert", b"update", b"findAndModify", b"delete")
NAMES = {
    91: b"ShutdownInProgress",
    112: b"WriteConflict",
    189: b"PrimarySteppedDown",
    10107: b"NotWritablePrimary",
}


def command_of(message):
    """The name of the command in an OP_MSG: the first key of its first section."""
    if len(message) < 27 or HEADER.unpack_from(message)[3] != OP_MSG or message[20] != 0:
        return b""
    return message[26 : message.index(b"\0", 26)]


def error_reply(message, code):
    """{ok: 0, code, codeName, errmsg} in answer to `message`."""
    text = b"injected by the test"
    fields = b"\x01ok\0" + struct.pack("<d", 0)
    fields += b"\x10code\0" + struct.pack("<i", code)
    for key, value in ((b"codeName", NAMES[code]), (b"errmsg", text)):
        fields += b"\x02" + key + b"\0" + struct.pack("<i", len(value) + 1) + value + b"\0"
    document = struct.pack("<i", len(fields) + 5) + fields + b"\0"
    request_id = HEADER.unpack_from(message)[1]
    size = HEADER.size + 5 + len(document)
    return HEADER.pack(size, 0, request_id, OP_MSG) + bytes(5) + document


def read_exactly(stream, count):
    data = b""
    while len(data) < count:
        chunk = stream.recv(count - len(data))
        if not chunk:
            raise EOFError
        data += chunk
    return data


def read_message(stream):
    head = read_exactly(stream, HEADER.size)
    size = HEADER.unpack(head)[0]
    if not HEADER.size <= size <= MESSAGE_BYTES_MAX:
        raise EOFError
    return head + read_exactly(stream, size - HEADER.size)


class MongoErrors:
    """Listens on 127.0.0.1:`port`. Thread-safe; arm() and heal() hold from the next command on."""

    def __init__(self, upstream, seed=0):
        self.upstream = upstream
        self.random = random.Random(seed)
        self.kind, self.share = None, 0.0
        self.given = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def arm(self, kind, share=0.5):
        """kind: one of NAMES or "lost"; share: of the writes that are hit."""
        self.share, self.kind = share, kind

    def heal(self):
        self.kind = None

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            with client, socket.create_connection(self.upstream) as server:
                for end in (client, server):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while True:
                    client.sendall(self.answer(server, read_message(client)))
        except (OSError, EOFError):
            pass

    def answer(self, server, message):
        """The server's answer, or another one; drivers send one command at a time."""
        kind = self.kind
        hit = kind and command_of(message) in WRITES and self.random.random() < self.share
        if hit:
            self.given += 1
            if kind != "lost":
                return error_reply(message, kind)
        server.sendall(message)
        reply = read_message(server)
        if hit:
            raise EOFError
        return reply
