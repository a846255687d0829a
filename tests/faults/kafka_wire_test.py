"""The encoding, against values from elsewhere."""

import struct
import unittest

from tests.faults.kafka_wire import crc32c, record_batch, varint


class KafkaWireTest(unittest.TestCase):
    def test_crc32c_is_the_one_of_rfc_3720(self):
        self.assertEqual(crc32c(b"123456789"), 0xE3069283)
        self.assertEqual(crc32c(bytes(32)), 0x8A9136AA)
        self.assertEqual(crc32c(b"\xff" * 32), 0x62A8AB43)

    def test_varints_are_zigzag(self):
        for number, encoded in ((0, "00"), (-1, "01"), (1, "02"), (-64, "7f"), (64, "8001")):
            self.assertEqual(varint(number).hex(), encoded, number)

    def test_a_batch_says_its_own_size_count_and_checksum(self):
        batch = record_batch([b"one", None, b"three"])
        size, _, magic, crc = struct.unpack_from(">iibI", batch, 8)
        self.assertEqual((size, magic), (len(batch) - 12, 2))
        self.assertEqual(crc, crc32c(batch[21:]))
        self.assertEqual(struct.unpack_from(">i", batch, 57), (3,))


if __name__ == "__main__":
    unittest.main()
