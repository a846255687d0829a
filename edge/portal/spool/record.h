// The bytes of the spool's files: records in frames that tell whether they are whole. No I/O.
//
// A file is frames without gaps, numbers little-endian:
//   mark 4 | size of the payload 4 | CRC-32C of size and payload 4 | payload
//   payload: time in ms 8 | size of the topic 2 | size of the key 2 | topic | key | value
// The mark says whether the record waits or was sent; it is outside the checksum, so that it can
// be overwritten in place. Any other mark counts as waiting: sending twice is harmless.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/prompt/bus.h"
#include "lib/prompt/prompt.h"

namespace spool {

inline constexpr size_t kTopicBytesMax = 249;  // Kafka's own limit.
inline constexpr size_t kKeyBytesMax = 1024;   // A prompt's id has 26.
inline constexpr size_t kMarkBytes = 4;
inline constexpr size_t kHeaderBytes = 12;
inline constexpr size_t kFixedBytes = 12;  // Of the payload.
inline constexpr size_t kPayloadBytesMax = kFixedBytes + kTopicBytesMax + prompt::kMessageBytesMax;

inline constexpr std::string_view kWaitingMark = "OTMw";
inline constexpr std::string_view kSentMark = "OTMs";

struct Record {
  std::string topic;
  std::string key;
  std::string value;
  int64_t at_ms = 0;  // When it was taken.
  bool operator==(const Record&) const = default;
};

// kInvalid, with the next step, where a message does not fit a record.
base::Status CheckRecord(const prompt::MessageParts& parts);

// The frame of a record that waits; `parts` passed CheckRecord().
std::string EncodeRecord(const prompt::MessageParts& parts, int64_t at_ms);

// The record at the beginning of `bytes`; nothing unless it is whole and its checksum is right.
struct Decoded {
  Record record;
  size_t frame_bytes = 0;
  bool was_sent = false;
};
std::optional<Decoded> DecodeRecord(std::string_view bytes);

// One stretch of a file.
struct Piece {
  enum class Kind {
    kRecord,
    kDamaged,  // No record, and no write that a power cut ended either.
    kTorn,     // The last one: a record whose writing was cut off, so nobody was told it is safe.
  };
  Kind kind = Kind::kRecord;
  size_t offset = 0;
  size_t size = 0;
  Record record = {};  // Of kRecord.
  bool was_sent = false;
};

// All of `bytes` as pieces in order, without gaps or overlaps.
std::vector<Piece> ScanRecords(std::string_view bytes);

}  // namespace spool
