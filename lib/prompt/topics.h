// The names of the topics; they stand here and nowhere else. The first three are the original's.
#pragma once

#include <string>
#include <string_view>

namespace prompt {

inline constexpr std::string_view kIncomingTopic = "otm-home.council.incoming.prompts";
inline constexpr std::string_view kStatusTopic = "otm-home.council.prompt.status";
inline constexpr std::string_view kSavedTopic = "otm-home.council.response.saved";
inline constexpr std::string_view kLiveTopic = "otm-home.council.live";

// Ours (control_wire.h): commands to every council, and what each of them is like.
inline constexpr std::string_view kControlTopic = "otm-home.council.control";
inline constexpr std::string_view kStateTopic = "otm-home.council.state";

// Where messages of `topic` go that nobody can use (letter.h), and those that are tried again.
inline std::string DeadLetterTopic(std::string_view topic) { return std::string(topic) + ".dlq"; }
inline std::string RetryTopic(std::string_view topic) { return std::string(topic) + ".retry"; }

// Whether `topic` is one of these, and whose it is.
inline bool IsSideTopic(std::string_view topic) {
  return topic.ends_with(".dlq") || topic.ends_with(".retry");
}
inline std::string BaseTopic(std::string_view topic) {
  return std::string(IsSideTopic(topic) ? topic.substr(0, topic.rfind('.')) : topic);
}

}  // namespace prompt
