#include "lib/http/sse.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace http {
namespace {

struct EncodeCase {
  const char* name;
  SseEvent event;
  std::string frame;
};

TEST(Sse, EncodesEachField) {
  const std::vector<EncodeCase> cases = {
      {"all", {"e-0.7", "live", "{\"a\":1}"}, "id: e-0.7\nevent: live\ndata: {\"a\":1}\n\n"},
      {"only data", {"", "", "x"}, "data: x\n\n"},
      {"empty data", {"", "ping", ""}, "event: ping\ndata: \n\n"},
      {"lines", {"", "", "a\nb"}, "data: a\ndata: b\n\n"},
      {"carriage return", {"", "", "a\rb\r\nc"}, "data: a\ndata: b\ndata: c\n\n"},
      {"empty line inside", {"", "", "a\n\nb"}, "data: a\ndata: \ndata: b\n\n"},
      {"line break at the end", {"", "", "a\n"}, "data: a\ndata: \n\n"},
      {"leading blank stays", {"", "", " a"}, "data:  a\n\n"},
      {"looks like a field",
       {"", "", "a\nid: 9\nevent: x"},
       "data: a\ndata: id: 9\ndata: event: x\n\n"},
  };
  for (const EncodeCase& c : cases) {
    auto frame = EncodeSse(c.event);
    ASSERT_TRUE(frame) << c.name;
    EXPECT_EQ(*frame, c.frame) << c.name;
  }
}

TEST(Sse, RejectsLineBreaksAndNulInIdAndName) {
  for (const std::string& bad : {std::string("a\nb"), std::string("a\rb"), std::string("a\r\n"),
                                 std::string("a\0b", 3), std::string("\n")}) {
    EXPECT_EQ(EncodeSse({bad, "", "x"}).error().code, base::Errc::kInvalid);
    EXPECT_EQ(EncodeSse({"", bad, "x"}).error().code, base::Errc::kInvalid);
  }
}

TEST(Sse, RejectsNulInData) {
  EXPECT_EQ(EncodeSse({"", "", std::string("a\0b", 3)}).error().code, base::Errc::kInvalid);
}

TEST(Sse, ACommentIsNeverAnEvent) {
  EXPECT_EQ(SseComment("ok"), ": ok\n\n");
  EXPECT_EQ(SseComment("a\ndata: b"), ": a\n: data: b\n\n");
}

}  // namespace
}  // namespace http
