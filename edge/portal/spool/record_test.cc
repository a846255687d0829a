#include "edge/portal/spool/record.h"

#include <gtest/gtest.h>

namespace spool {
namespace {

std::string Frame(std::string_view key, std::string_view value, int64_t at_ms = 7) {
  return EncodeRecord({"topic", key, value}, at_ms);
}

// "r" record, "d" damaged, "t" torn, each with its size.
std::string Shape(std::string_view bytes) {
  std::string shape;
  size_t at = 0;
  for (const Piece& piece : ScanRecords(bytes)) {
    EXPECT_EQ(piece.offset, at);
    at += piece.size;
    const char kind = piece.kind == Piece::Kind::kRecord    ? 'r'
                      : piece.kind == Piece::Kind::kDamaged ? 'd'
                                                            : 't';
    shape += kind + std::to_string(piece.size) + " ";
  }
  EXPECT_EQ(at, bytes.size());
  return shape;
}

TEST(Record, ComesBackAsItWasWritten) {
  const std::string value("{\"a\":\"\0b\"}", 10);
  const auto decoded = DecodeRecord(EncodeRecord({"some.topic", "key", value}, 1'767'323'045'678));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->record, (Record{"some.topic", "key", value, 1'767'323'045'678}));
  EXPECT_FALSE(decoded->was_sent);
}

TEST(Record, ItsBytesAreTheSameForEver) {
  EXPECT_EQ(Frame("k", "v").substr(0, kMarkBytes), "OTMw");
  EXPECT_EQ(Frame("k", "v").substr(kHeaderBytes),
            std::string("\x07\0\0\0\0\0\0\0\x05\0\x01\0topickv", 19));
}

TEST(Record, TheMarkTellsWhetherItWasSentAndAnyOtherMarkCountsAsWaiting) {
  std::string frame = Frame("k", "v");
  frame.replace(0, kMarkBytes, kSentMark);
  EXPECT_TRUE(DecodeRecord(frame)->was_sent);
  frame.replace(0, kMarkBytes, "OT??");
  ASSERT_TRUE(DecodeRecord(frame));
  EXPECT_FALSE(DecodeRecord(frame)->was_sent);
}

TEST(Record, LimitsOfTopicKeyAndMessage) {
  const std::string topic(kTopicBytesMax, 't');
  const std::string key(kKeyBytesMax, 'k');
  const std::string value(prompt::kMessageBytesMax - kKeyBytesMax, 'v');
  EXPECT_TRUE(CheckRecord({topic, key, value}));
  const std::string frame = EncodeRecord({topic, key, value}, 0);
  EXPECT_EQ(frame.size(), kHeaderBytes + kPayloadBytesMax);
  EXPECT_TRUE(DecodeRecord(frame));
  EXPECT_FALSE(CheckRecord({topic + "t", key, ""}));
  EXPECT_FALSE(CheckRecord({topic, key + "k", ""}));
  EXPECT_FALSE(CheckRecord({topic, key, value + "v"}));
  EXPECT_FALSE(CheckRecord({"", key, value}));
}

TEST(Record, EveryFlippedBitOutsideTheMarkIsFound) {
  const std::string frame = Frame("k", "value");
  for (size_t at = kMarkBytes; at < frame.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = frame;
      bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
      EXPECT_FALSE(DecodeRecord(bad)) << at << " " << bit;
    }
  }
}

TEST(Scan, AFileCutAnywhereInItsLastRecordIsTornExactlyThere) {
  const std::string first = Frame("1", "one");
  const std::string second = Frame("2", "the second");
  const std::string whole = "r" + std::to_string(first.size()) + " ";
  EXPECT_EQ(Shape(first), whole);
  for (size_t cut = 1; cut < second.size(); ++cut) {
    EXPECT_EQ(Shape(first + second.substr(0, cut)), whole + "t" + std::to_string(cut) + " ");
  }
  EXPECT_EQ(Shape(first + second), whole + "r" + std::to_string(second.size()) + " ");
}

TEST(Scan, RoomThatWasNeverFilledIsTorn) {
  const std::string first = Frame("1", "one");
  EXPECT_EQ(Shape(first + std::string(4096, '\0')), "r" + std::to_string(first.size()) + " t4096 ");
}

TEST(Scan, ADamagedRecordIsTakenOutAndTheNextOnesAreFound) {
  const std::string first = Frame("1", "one");
  const std::string second = Frame("2", "two");
  const std::string good = "r" + std::to_string(first.size()) + " ";
  const std::string bad = "d" + std::to_string(first.size()) + " ";
  for (size_t at = kMarkBytes; at < first.size(); ++at) {
    std::string broken = first;
    broken[at] = static_cast<char>(~broken[at]);
    EXPECT_EQ(Shape(broken + second), bad + good) << at;
    EXPECT_EQ(Shape(first + broken + second), good + bad + good) << at;
  }
}

TEST(Scan, ALastRecordThatIsCompleteButWrongIsDamagedNotTorn) {
  std::string frame = Frame("1", "one");
  frame.back() = 'X';
  EXPECT_EQ(Shape(frame), "d" + std::to_string(frame.size()) + " ");
  EXPECT_EQ(Shape(std::string(100, 'x')), "d100 ");
}

TEST(Scan, AnEmptyFileHasNoPieces) { EXPECT_EQ(Shape(""), ""); }

}  // namespace
}  // namespace spool
