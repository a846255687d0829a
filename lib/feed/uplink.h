// The stream from a notifier to a portal: what goes over the wire, both ways. No I/O.
//
//   id: <Position after it>      data: {"t":topic,"l":lane,"o":offset,"k":key,"ts":ms,"v":{…}}
//   id: <Position>  event: hello   the past is complete; from here on it is live
//                   event: state   data as above: the newest state of one council, as it stands
//   id: <Position>  event: reset   the position cannot be served: ask for everything again
//
// "v" is the value as it was produced (line breaks between its tokens become LF); headers do not
// travel. What is no JSON object of prompt::kMessageBytesMax at most is not sent at all.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/feed/event_frames.h"
#include "lib/prompt/bus.h"
#include "lib/prompt/prompt.h"

namespace feed {

inline constexpr std::string_view kUplinkPath = "/events";
inline constexpr std::string_view kHelloEvent = "hello";
inline constexpr std::string_view kStateEvent = "state";
inline constexpr std::string_view kResetEvent = "reset";

// Everything but the value: names and numbers, and a key whose every byte may be escaped.
inline constexpr size_t kUplinkHeadBytesMax = 8 * 1024;
inline constexpr size_t kUplinkKeyBytesMax = 1024;  // A longer key is left out: an id has 26.
inline constexpr size_t kUplinkDataBytesMax = kUplinkHeadBytesMax + prompt::kMessageBytesMax;

// A notifier is never silent for longer than this, …
inline constexpr base::Duration kUplinkHeartbeat = std::chrono::seconds(2);
// … so after this it is dead or cut off: three times it, for a busy machine.
inline constexpr base::Duration kUplinkSilenceMax = std::chrono::seconds(6);

// The topics that a notifier sends: status, saved answers, live events, council states.
std::vector<std::string> UplinkTopics();

// `data` for `message`; nothing where its value may not be sent.
std::optional<std::string> EncodeUplinkData(const prompt::Message& message);

// Of a frame without a name, or of kStateEvent. kInvalid for anything that EncodeUplinkData does
// not write.
base::Result<prompt::Message> DecodeUplinkData(std::string_view data);

// The format of a notifier's feed. `states` are the newest message of each council, for those who
// are new; thread-safe, never blocks.
FrameFormat UplinkFormat(std::function<std::vector<prompt::Message>()> states);

}  // namespace feed
