// Everything that a store holds, for moving it to another one as it is: prompts in any state, with
// their place in the queue. No I/O here; the ports are for a stopped store that nobody else uses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/prompt/prompt.h"
#include "lib/prompt/store.h"

namespace prompt {

struct Record {
  Prompt prompt;
  int64_t tries = 0;
  std::string lease_owner;
  int64_t lease_until_ms = 0;
  std::vector<Step> steps;          // In the order they were stored.
  std::vector<OutboxEntry> outbox;  // Oldest first.
};

// When a user had a turn last; larger is later.
struct ServedUser {
  std::string user;
  int64_t lease = 0;
};

// SHA-256 in hex.
std::string HashText(std::string_view text);

// HashText of all of it: equal for equal records only.
std::string HashOf(const Record& record);

// Any thread, one at a time. Errors as of Store.
class RecordSource {
 public:
  virtual ~RecordSource() = default;

  virtual base::Result<int64_t> Count() = 0;
  // The first record whose id is larger than `after`, by bytes; kNotFound after the last.
  virtual base::Result<Record> Next(std::string_view after) = 0;
  virtual base::Result<std::vector<ServedUser>> Served() = 0;
  // Questions that were accepted and are not in the store yet.
  virtual base::Result<int64_t> Unread() = 0;
};

class RecordSink {
 public:
  virtual ~RecordSink() = default;

  virtual base::Result<int64_t> Count() = 0;
  virtual base::Result<Record> Get(std::string_view id) = 0;
  // Whole or not at all; kSame when it is there just so. kConflict: another one has its id.
  virtual base::Result<Inserted> Put(const Record& record) = 0;
  // Only ever makes it later.
  virtual base::Status PutServed(const ServedUser& served) = 0;
};

}  // namespace prompt
