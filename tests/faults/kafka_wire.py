"""As much of Kafka's protocol as it takes to send any bytes at all, and to count what arrived.

No client library would send what faults.py has to: each of them checks something. One request on
one connection at a time; raises OSError or KafkaError.
"""

import socket
import struct
import time

PATIENCE_S = 30
PRODUCE, LIST_OFFSETS = 0, 2
LATEST = -1
CASTAGNOLI = 0x82F63B78  # The polynomial of CRC-32C, bits reversed.


class KafkaError(Exception):
    """The broker said no, with a number of its protocol."""


def _table():
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (CASTAGNOLI if byte & 1 else 0)
        yield byte


TABLE = tuple(_table())


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def varint(number):
    """Zigzag, seven bits a byte."""
    number = number << 1 ^ number >> 63
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def text(value):
    return struct.pack(">h", len(value)) + value.encode()


def record_batch(values):
    """A batch (format 2) of messages without key; None is a message without a value."""
    records = b""
    for delta, value in enumerate(values):
        body = b"\0" + varint(0) + varint(delta) + varint(-1)
        body += varint(-1) if value is None else varint(len(value)) + value
        body += varint(0)
        records += varint(len(body)) + body
    now = int(time.time() * 1000)
    head = struct.pack(">hiqqqhii", 0, len(values) - 1, now, now, -1, -1, -1, len(values))
    checked = head + records
    rest = struct.pack(">ibI", -1, 2, crc32c(checked)) + checked
    return struct.pack(">qi", 0, len(rest)) + rest


class Wire:
    """A connection to the only broker there is."""

    def __init__(self, port):
        self.stream = socket.create_connection(("127.0.0.1", port), PATIENCE_S)

    def close(self):
        self.stream.close()

    def call(self, key, version, body):
        request = struct.pack(">hhi", key, version, 1) + text("faults") + body
        self.stream.sendall(struct.pack(">i", len(request)) + request)
        (size,) = struct.unpack(">i", self.read(4))
        return self.read(size)[4:]  # After the correlation id.

    def read(self, count):
        data = b""
        while len(data) < count:
            chunk = self.stream.recv(count - len(data))
            if not chunk:
                raise ConnectionError("the broker closed the connection")
            data += chunk
        return data

    def produce(self, topic, values):
        """Sends to partition 0 and waits until they are stored."""
        batch = record_batch(values)
        body = struct.pack(">hhii", -1, -1, 10_000, 1) + text(topic)
        body += struct.pack(">iii", 1, 0, len(batch)) + batch
        reply = self.call(PRODUCE, 3, body)
        (error,) = struct.unpack_from(">h", reply, 4 + 2 + len(topic) + 4 + 4)
        if error:
            raise KafkaError(f"produce to {topic} gave {error}")

    def end_offset(self, topic):
        """How many messages partition 0 has had; 0 where there is no such topic."""
        body = struct.pack(">ii", -1, 1) + text(topic) + struct.pack(">iiq", 1, 0, LATEST)
        reply = self.call(LIST_OFFSETS, 1, body)
        at = 4 + 2 + len(topic) + 4 + 4
        error, _, offset = struct.unpack_from(">hqq", reply, at)
        if error == 3:  # UNKNOWN_TOPIC_OR_PARTITION
            return 0
        if error:
            raise KafkaError(f"the end of {topic} gave {error}")
        return offset
