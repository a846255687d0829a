#include "backend/council/remote.h"

#include <chrono>
#include <optional>
#include <utility>

#include "backend/council/bell.h"
#include "lib/base/json.h"
#include "lib/prompt/control_wire.h"
#include "lib/prompt/topics.h"

namespace backend_council {

Remote::Remote(RemoteParts parts)
    : parts_(std::move(parts)),
      listener_([this](const std::stop_token& stop) { Listen(stop); }),
      announcer_([this](const std::stop_token& stop) { Announce(stop); }) {}

void Remote::Announce(const std::stop_token& stop) {
  std::string told;
  base::Duration due{0};
  do {
    const prompt::CouncilInfo info = parts_.info();
    std::string now = base::Dump(prompt::CouncilJson(info));
    if (now == told && parts_.clock.Monotonic() < due) continue;
    const auto sent = parts_.bus.Produce(
        prompt::kStateTopic, parts_.owner,
        prompt::WriteState({.owner = parts_.owner, .ts_ms = parts_.clock.UnixMs(), .info = info}),
        prompt::Delivery::kBestEffort, kStateTimeout);
    if (!sent) continue;  // Said by those who wait for the bus; told again with the next look.
    told = std::move(now);
    due = parts_.clock.Monotonic() + std::chrono::milliseconds(prompt::kStatePeriodMs);
  } while (parts_.clock.SleepFor(kStateLook, stop));
}

void Remote::Listen(const std::stop_token& stop) {
  base::Backoff backoff = DependencyBackoff();
  std::optional<prompt::Position> heard;
  while (!stop.stop_requested()) {
    auto reader = parts_.bus.OpenReader({std::string(prompt::kControlTopic)}, heard);
    if (!reader && heard && reader.error().code == base::Errc::kNotFound) {
      heard.reset();  // The log was replaced: what came meanwhile is lost with it.
      continue;
    }
    const base::Status ended = reader ? Hear(**reader, stop) : std::unexpected(reader.error());
    if (reader) {
      heard = (*reader)->position();
      backoff.Reset();
    }
    if (ended) continue;
    if (ended.error().code == base::Errc::kNotFound) heard.reset();
    parts_.log.Warn("command.waiting", "commands wait for the bus",
                    {{"error.message", ended.error().message}});
    parts_.clock.SleepFor(backoff.Next(), stop);
  }
}

base::Status Remote::Hear(prompt::Reader& reader, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    ASSIGN_OR_RETURN(const auto messages, reader.Poll(kCommandWait, stop));
    for (const prompt::Message& message : messages) Obey(message);
  }
  return {};
}

void Remote::Obey(const prompt::Message& message) {
  const auto command = prompt::ReadCancel(message.value);
  const auto done = command ? parts_.cancel(command->id)
                            : base::Result<prompt::Prompt>(std::unexpected(command.error()));
  if (done) return;
  parts_.log.Warn(
      "command.refused", "a command was not carried out",
      {{"otm.prompt_id", command ? command->id : ""}, {"error.message", done.error().message}});
}

}  // namespace backend_council
