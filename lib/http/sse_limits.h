// Who holds how many event streams, and whether one more fits.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace http {

struct SseLimitValues {
  int streams_max;
  int per_address_max;
  int per_user_max;  // Of each with a name; without accounts everybody is the same nobody.
};

// A user or an address, for as long as it holds a stream. `name` never changes.
struct SseOwner {
  std::string name;
  int streams = 0;
};

// One taken place. Copies are the same place.
struct SseSlot {
  std::shared_ptr<SseOwner> user;
  std::shared_ptr<SseOwner> address;
};

// Not thread-safe: SseHub guards it.
class SseLimits {
 public:
  explicit SseLimits(const SseLimitValues& values) : values_(values) {}

  // kExhausted with the limit that is reached and what to do.
  base::Status Admit(std::string_view user, std::string_view address) const;

  // Counts one more stream; the same errors as Admit.
  base::Result<SseSlot> Take(std::string_view user, std::string_view address);
  void Release(const SseSlot& slot);  // Once for each Take.

  int streams() const { return streams_; }

  // The user while it holds a stream, otherwise null.
  std::shared_ptr<SseOwner> FindUser(std::string_view user) const;

 private:
  using Owners = std::map<std::string, std::shared_ptr<SseOwner>, std::less<>>;

  const SseLimitValues values_;
  int streams_ = 0;
  Owners users_;
  Owners addresses_;
};

}  // namespace http
