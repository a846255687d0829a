// Headers of foreign messages: read as a letter, as a mark, and written again within their bound.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "lib/base/check.h"
#include "lib/prompt/bus.h"
#include "lib/prompt/letter.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  prompt::Message message;
  message.topic = "topic";
  while (!rest.empty()) {
    const auto take = [&rest] {
      const size_t end = std::min(rest.find('\n'), rest.size());
      std::string part(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      return part;
    };
    std::string name = take();
    message.headers.emplace_back(std::move(name), take());
  }
  const prompt::Letter letter = prompt::ReadLetter(message.headers);
  CHECK(letter.tries >= 0 && letter.requeued >= 0 && letter.origin.offset >= 0);
  if (const auto mark = prompt::ReadMark(message.headers)) {
    const auto again = prompt::ReadMark(prompt::MarkHeaders(*mark));
    CHECK(again && again->letter == mark->letter && again->done == mark->done);
  }
  CHECK(prompt::IdOf(message).size() == 26);
  size_t bytes = 0;
  for (const auto& [name, value] : prompt::LetterHeaders(letter, message.headers)) {
    bytes += name.size() + value.size();
  }
  // Our own part of a letter that was not written by us may be longer than one that was.
  CHECK(letter.topic.size() + letter.reason.size() + letter.service.size() > 8192 ||
        bytes <= prompt::kHeadersBytesMax);
  return 0;
}
