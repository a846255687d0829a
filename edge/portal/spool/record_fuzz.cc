// ScanRecords on foreign bytes: pieces tile the input, and each record is written back the same.
#include <cstdint>
#include <string_view>

#include "edge/portal/spool/record.h"
#include "lib/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  size_t at = 0;
  for (const spool::Piece& piece : spool::ScanRecords(bytes)) {
    CHECK(piece.offset == at && piece.size > 0);
    if (piece.kind == spool::Piece::Kind::kRecord) {
      const spool::Record& record = piece.record;
      const std::string frame =
          spool::EncodeRecord({record.topic, record.key, record.value}, record.at_ms);
      CHECK(bytes.substr(at + spool::kMarkBytes, piece.size - spool::kMarkBytes) ==
            std::string_view(frame).substr(spool::kMarkBytes));
    }
    at += piece.size;
  }
  CHECK(at == size);
  return 0;
}
