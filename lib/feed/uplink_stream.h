// One stream from one notifier, from the request to its end.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/http/client.h"
#include "lib/prompt/bus.h"

namespace feed {

// A notifier is in the same house: one that does not answer so soon is not there.
inline constexpr base::Duration kUplinkConnectMax = std::chrono::seconds(1);
// It sends nothing before it has read what was missed from the bus.
inline constexpr base::Duration kUplinkFirstByteMax = std::chrono::seconds(3);

struct UplinkRequest {
  std::string url;    // "http://192.168.1.100:9002"
  std::string token;  // Empty: none is sent.
  std::optional<prompt::Position> from;
  base::Duration silence_max{0};
};

// Called on the thread of ReadUplink, in the order of the stream. False ends it.
struct UplinkListener {
  std::function<bool(const prompt::Position&)> on_hello;
  std::function<bool(prompt::Message, const prompt::Position&)> on_message;
  std::function<bool(prompt::Message)> on_state;
  std::function<bool()> on_reset;
};

// Reads until the stream ends, which it always does at some time, and says why. Blocks; a stop ends
// it within 200 ms. kUnauthorized: the token is not taken. kUnavailable: everything that another
// notifier, or a later attempt, may do better. kInvalid: what comes is not a notifier's stream.
base::Error ReadUplink(http::HttpClient& http, const UplinkRequest& request,
                       const UplinkListener& listener, std::stop_token stop);

}  // namespace feed
