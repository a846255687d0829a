#include "edge/portal/spool/record.h"

#include <algorithm>
#include <utility>

#include "edge/portal/spool/crc32c.h"

namespace spool {
namespace {

constexpr size_t kSizeAt = kMarkBytes;
constexpr size_t kCrcAt = 8;
constexpr size_t kTopicSizeAt = 8;
constexpr size_t kKeySizeAt = 10;
constexpr int kByteBits = 8;

template <class Number>
void Put(std::string& bytes, Number number) {
  for (size_t i = 0; i < sizeof(Number); ++i) {
    bytes += static_cast<char>(static_cast<uint64_t>(number) >> (kByteBits * i));
  }
}

// `bytes` has them.
template <class Number>
Number Take(std::string_view bytes, size_t at) {
  uint64_t number = 0;
  for (size_t i = 0; i < sizeof(Number); ++i) {
    number |= uint64_t{static_cast<unsigned char>(bytes[at + i])} << (kByteBits * i);
  }
  return static_cast<Number>(number);
}

std::optional<Record> DecodePayload(std::string_view payload) {
  if (payload.size() < kFixedBytes) return std::nullopt;
  const size_t topic = Take<uint16_t>(payload, kTopicSizeAt);
  const size_t key = Take<uint16_t>(payload, kKeySizeAt);
  if (topic > kTopicBytesMax || key > kKeyBytesMax) return std::nullopt;
  if (topic == 0 || payload.size() < kFixedBytes + topic + key) return std::nullopt;
  return Record{.topic = std::string(payload.substr(kFixedBytes, topic)),
                .key = std::string(payload.substr(kFixedBytes + topic, key)),
                .value = std::string(payload.substr(kFixedBytes + topic + key)),
                .at_ms = Take<int64_t>(payload, 0)};
}

bool IsMark(std::string_view bytes) {
  return bytes.starts_with(kWaitingMark) || bytes.starts_with(kSentMark);
}

// Where the next whole record begins after `from`; the end of `bytes` where there is none.
size_t NextRecord(std::string_view bytes, size_t from) {
  const std::string_view common = kWaitingMark.substr(0, kMarkBytes - 1);
  for (size_t at = bytes.find(common, from); at != std::string_view::npos;
       at = bytes.find(common, at + 1)) {
    if (IsMark(bytes.substr(at)) && DecodeRecord(bytes.substr(at))) return at;
  }
  return bytes.size();
}

// What a power cut leaves of a write: its beginning, or room that was never filled.
bool IsTorn(std::string_view rest) {
  if (rest.size() < kHeaderBytes) return true;
  if (std::ranges::all_of(rest, [](char c) { return c == '\0'; })) return true;
  const size_t payload = Take<uint32_t>(rest, kSizeAt);
  return rest.starts_with(kWaitingMark) && payload <= kPayloadBytesMax &&
         payload > rest.size() - kHeaderBytes;
}

}  // namespace

base::Status CheckRecord(const prompt::MessageParts& parts) {
  RETURN_IF_ERROR(prompt::CheckMessage(parts));
  if (parts.topic.size() <= kTopicBytesMax && parts.key.size() <= kKeyBytesMax) return {};
  return base::Fail(base::Errc::kInvalid,
                    "a topic of " + std::to_string(parts.topic.size()) + " bytes and a key of " +
                        std::to_string(parts.key.size()) + "; use at most " +
                        std::to_string(kTopicBytesMax) + " and " + std::to_string(kKeyBytesMax));
}

std::string EncodeRecord(const prompt::MessageParts& parts, int64_t at_ms) {
  std::string payload;
  payload.reserve(kFixedBytes + parts.topic.size() + parts.key.size() + parts.value.size());
  Put(payload, at_ms);
  Put(payload, static_cast<uint16_t>(parts.topic.size()));
  Put(payload, static_cast<uint16_t>(parts.key.size()));
  payload.append(parts.topic).append(parts.key).append(parts.value);
  std::string frame(kWaitingMark);
  Put(frame, static_cast<uint32_t>(payload.size()));
  const uint32_t crc = Crc32c(payload, Crc32c(std::string_view(frame).substr(kSizeAt)));
  Put(frame, crc);
  return frame + payload;
}

std::optional<Decoded> DecodeRecord(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes) return std::nullopt;
  const size_t size = Take<uint32_t>(bytes, kSizeAt);
  if (size > kPayloadBytesMax || size > bytes.size() - kHeaderBytes) return std::nullopt;
  const std::string_view payload = bytes.substr(kHeaderBytes, size);
  const std::string_view size_bytes = bytes.substr(kSizeAt, kCrcAt - kSizeAt);
  if (Crc32c(payload, Crc32c(size_bytes)) != Take<uint32_t>(bytes, kCrcAt)) return std::nullopt;
  auto record = DecodePayload(payload);
  if (!record) return std::nullopt;
  return Decoded{*std::move(record), kHeaderBytes + size, bytes.starts_with(kSentMark)};
}

std::vector<Piece> ScanRecords(std::string_view bytes) {
  std::vector<Piece> pieces;
  for (size_t at = 0; at < bytes.size();) {
    Piece piece{.offset = at};
    if (auto decoded = DecodeRecord(bytes.substr(at))) {
      piece.size = decoded->frame_bytes;
      piece.record = std::move(decoded->record);
      piece.was_sent = decoded->was_sent;
    } else {
      const size_t next = NextRecord(bytes, at + 1);
      const bool torn = next == bytes.size() && IsTorn(bytes.substr(at));
      piece.kind = torn ? Piece::Kind::kTorn : Piece::Kind::kDamaged;
      piece.size = next - at;
    }
    at += piece.size;
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

}  // namespace spool
