"""The servers are where the variables say, and answer: what every other test here relies on."""

import os
import socket
import ssl
import struct
import unittest
import urllib.parse

PATIENCE_S = 30


def connect(address):
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), PATIENCE_S)


def receive(stream, count):
    data = b""
    while len(data) < count:
        chunk = stream.recv(count - len(data))
        if not chunk:
            raise EOFError(f"{len(data)} of {count} bytes")
        data += chunk
    return data


def api_versions(stream):
    """Asks Kafka what it can do; gives (correlation id, error code)."""
    request = struct.pack(">hhih", 18, 0, 77, -1)
    stream.sendall(struct.pack(">i", len(request)) + request)
    (size,) = struct.unpack(">i", receive(stream, 4))
    return struct.unpack(">ih", receive(stream, size)[:6])


def hello(stream):
    """Says hello to a MongoDB server; gives the reply's BSON."""
    body = b"\x10hello\0\x01\0\0\0" + b"\x02$db\0\x06\0\0\0admin\0"
    document = struct.pack("<i", len(body) + 5) + body + b"\0"
    message = struct.pack("<iiiiib", 21 + len(document), 1, 0, 2013, 0, 0) + document
    stream.sendall(message)
    (size,) = struct.unpack("<i", receive(stream, 4))
    return receive(stream, size - 4)


class SmokeTest(unittest.TestCase):
    def test_kafka_answers_without_and_with_tls(self):
        for variable in ("OTM_TEST_KAFKA_BROKERS", "OTM_TEST_KAFKA_SASL_BROKERS"):
            with connect(os.environ[variable]) as stream:
                self.assertEqual(api_versions(stream), (77, 0), variable)
        tls = ssl.create_default_context(cafile=os.environ["OTM_TEST_KAFKA_CA"])
        for variable in ("OTM_TEST_KAFKA_SSL_BROKERS", "OTM_TEST_KAFKA_SASL_SSL_BROKERS"):
            with connect(os.environ[variable]) as plain:
                with tls.wrap_socket(plain, server_hostname="127.0.0.1") as stream:
                    self.assertEqual(api_versions(stream), (77, 0), variable)

    def test_every_mongo_server_says_hello(self):
        urls = os.environ["OTM_TEST_MONGO_URLS"].split()
        self.assertEqual(len(urls), 2)
        for url in urls:
            with connect(urllib.parse.urlsplit(url).netloc.rpartition("@")[2]) as stream:
                self.assertIn(b"isWritablePrimary\0\1", hello(stream), url)


if __name__ == "__main__":
    unittest.main()
