// Readers of the bus for a process that reaches only a notifier: a portal at the edge.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/result.h"
#include "lib/feed/uplink.h"
#include "lib/http/client.h"
#include "lib/prompt/bus.h"

namespace feed {

// Streams that fail one after the other, over all notifiers, before Poll says so.
inline constexpr int kUplinkRoundsMax = 3;
inline constexpr size_t kUplinkNotifiersMax = 16;  // A household has two.
// Messages that wait for Poll. Over either the socket is not read: the notifier cuts the stream,
// and it goes on by its position.
inline constexpr size_t kUplinkQueueMessagesMax = 2'000;
inline constexpr size_t kUplinkQueueBytesMax = 8 * 1024 * 1024;

struct NotifierOptions {
  std::vector<std::string> urls;  // "http://192.168.1.100:9002"; 1 to kUplinkNotifiersMax.
  // Read for each connection, so that a rotated token is used at once; empty: none is sent.
  std::function<std::string()> token;
  base::Duration open_timeout = std::chrono::seconds(5);  // Of OpenReader, and of a late Poll.
  base::Duration silence_max = kUplinkSilenceMax;
  uint64_t seed = 1;  // Of the waits between attempts.
};

struct NotifierParts {
  const base::Clock& clock;
  base::Log& log;
  http::HttpClient& http;
};

// How it is with the notifiers, for /readyz and metrics.
struct NotifierStatus {
  std::string connected;  // The URL of the stream that was opened last; empty: none is open.
  std::string problem;    // Why the last attempt failed; empty after a success.
  int64_t connects = 0;
  int64_t failures = 0;
};

// Opens readers as prompt::Bus::OpenReader does, over HTTP. A reader has one stream and one thread;
// when its notifier goes away it goes on by its position at the next one, without a hole and
// without a repetition. What it promises beyond the port:
//  - OpenReader blocks until a notifier has answered, for at most open_timeout. kUnavailable:
//    none does; kUnauthorized: none takes the token; kNotFound: a notifier cannot serve `from`.
//  - Poll with `wait` 0 gives nothing only where the reader has had all that any reader of this
//    object had had when it was called; it waits for that up to open_timeout, then kUnavailable.
//  - Poll gives kUnavailable when no notifier could be reached kUplinkRoundsMax times: open
//    another reader, from position().
//  - A reader of prompt::kStateTopic without `from` gets the newest state of each council first;
//    these do not move position().
//  - Messages whose value is no JSON object, and repetitions of an event (latest.h), are not
//    delivered; headers do not arrive.
// Thread-safe; outlives its readers; the parts outlive it.
class NotifierSource {
 public:
  NotifierSource(NotifierOptions options, const NotifierParts& parts);
  ~NotifierSource();
  NotifierSource(const NotifierSource&) = delete;
  NotifierSource& operator=(const NotifierSource&) = delete;

  // `topics` of UplinkTopics(); any other, or none, is kInvalid.
  base::Result<std::unique_ptr<prompt::Reader>> OpenReader(
      const std::vector<std::string>& topics, const std::optional<prompt::Position>& from);

  NotifierStatus status() const;

 private:
  class StreamReader;
  struct Shared;
  std::unique_ptr<Shared> shared_;
};

}  // namespace feed
