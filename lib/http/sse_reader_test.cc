#include "lib/http/sse_reader.h"

#include <gtest/gtest.h>

#include <vector>

namespace http {
namespace {

std::vector<std::string> Read(std::string_view bytes, size_t piece) {
  std::vector<std::string> events;
  SseReader reader([&](const ReadEvent& event) {
    events.push_back(event.id + "|" + event.name + "|" + event.data);
  });
  for (size_t at = 0; at < bytes.size(); at += piece) {
    EXPECT_TRUE(reader.Feed(bytes.substr(at, piece)));
  }
  return events;
}

struct Case {
  const char* what;
  std::string_view bytes;
  std::vector<std::string> events;
};

TEST(SseReader, ReadsWhatTheStandardSaysInPiecesOfAnySize) {
  using namespace std::string_view_literals;
  const std::vector<Case> cases = {
      {"plain", "data: a\n\n", {"|message|a"}},
      {"name and id", "id: 7-0.1\nevent: live\ndata: a\n\n", {"7-0.1|live|a"}},
      {"the id stays", "id: 1\ndata: a\n\ndata: b\n\n", {"1|message|a", "1|message|b"}},
      {"several lines", "data: a\ndata: b\n\n", {"|message|a\nb"}},
      {"an empty line of data", "data\n\n", {"|message|"}},
      {"comments", ":ok\n\n: x\ndata: a\n\n", {"|message|a"}},
      {"CRLF", "data: a\r\n\r\n", {"|message|a"}},
      {"CR", "data: a\r\rdata: b\r\r", {"|message|a", "|message|b"}},
      {"only one blank goes", "data:  a\n\n", {"|message| a"}},
      {"without data there is no event", "event: x\n\ndata: a\n\n", {"|message|a"}},
      {"retry and unknown fields", "retry: 2000\nfoo: 1\ndata: a\n\n", {"|message|a"}},
      {"an id with NUL is ignored", "id: a\0b\ndata: a\n\n"sv, {"|message|a"}},
      {"cut", "data: a\n", {}},
  };
  for (const Case& c : cases) {
    for (const size_t piece : {size_t{1}, size_t{2}, size_t{3}, c.bytes.size()}) {
      EXPECT_EQ(Read(c.bytes, piece), c.events) << c.what << " in pieces of " << piece;
    }
  }
}

TEST(SseReader, AnEventUpToTheLimitIsReadAndOneOverItIsNot) {
  size_t size = 0;
  SseReader reader([&](const ReadEvent& event) { size = event.data.size(); });
  const std::string head = "data: ";
  EXPECT_TRUE(reader.Feed(head + std::string(kSseEventBytesMax - head.size(), 'x') + "\n\n"));
  EXPECT_EQ(size, kSseEventBytesMax - head.size());
  EXPECT_FALSE(reader.Feed(head + std::string(kSseEventBytesMax - head.size() + 1, 'x') + "\n\n"));
}

TEST(SseReader, TheLimitCountsAllLinesOfAnEvent) {
  SseReader reader([](const ReadEvent&) { FAIL(); });
  const std::string half = "data: " + std::string(kSseEventBytesMax / 2, 'x') + "\n";
  EXPECT_TRUE(reader.Feed(half));
  EXPECT_FALSE(reader.Feed(half));
}

}  // namespace
}  // namespace http
