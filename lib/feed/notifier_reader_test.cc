#include "lib/feed/notifier_reader.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "lib/feed/uplink_stream.h"
#include "lib/prompt/topics.h"
#include "lib/testing/fake_clock.h"
#include "lib/testing/fake_http.h"
#include "lib/testing/http_script.h"

namespace feed {
namespace {

using prompt::Position;
using testing::HttpScript;
using Ending = HttpScript::Ending;
using Texts = std::vector<std::string>;

constexpr auto kPatience = std::chrono::seconds(30);
constexpr const char* kOne = "http://one:9002";
constexpr const char* kTwo = "http://two:9002";

std::string Hello(int64_t offset) {
  return "id: e-0." + std::to_string(offset) + "\nevent: hello\ndata: {}\n\n";
}

std::string Frame(int64_t offset, std::string_view topic = prompt::kLiveTopic) {
  prompt::Message message;
  message.topic = topic;
  message.offset = offset;
  message.key = "k";
  message.value = "{\"n\":" + std::to_string(offset) + "}";
  return *UplinkFormat({}).encode(message, Position{"e", {{0, offset}}});
}

HttpScript Stream(std::vector<std::string> pieces, Ending ending = Ending::kSilence) {
  return {.status = 200, .headers = {}, .pieces = std::move(pieces), .ending = ending};
}

HttpScript Status(int status) { return {.status = status, .headers = {}, .pieces = {"{}"}}; }

class NotifierReaderTest : public ::testing::Test {
 protected:
  using Reader = base::Result<std::unique_ptr<prompt::Reader>>;

  Reader Open(const std::optional<Position>& from = std::nullopt,
              const Texts& topics = {std::string(prompt::kLiveTopic)}) {
    if (!source_) {
      source_.emplace(options_, NotifierParts{.clock = clock_, .log = log_, .http = http_});
    }
    return source_->OpenReader(topics, from);
  }

  // `count` values, or what came before an error.
  static Texts Read(prompt::Reader& reader, size_t count) {
    Texts values;
    while (values.size() < count) {
      const auto messages = reader.Poll(kPatience, {});
      if (!messages) {
        values.push_back(messages.error().message);
        return values;
      }
      for (const auto& message : *messages) values.push_back(message.value);
    }
    return values;
  }

  std::optional<std::string> HeaderOf(size_t request, std::string_view name) {
    const auto requests = http_.requests();
    if (request >= requests.size()) return std::nullopt;
    for (const auto& [key, value] : requests[request].headers) {
      if (key == name) return value;
    }
    return std::nullopt;
  }

  static Position At(int64_t offset) { return {"e", {{0, offset}}}; }

  testing::FakeClock clock_;
  base::Log log_{"otm-test", base::LogLevel::kError, clock_, [](std::string_view) {}};
  testing::FakeHttp http_{clock_};
  NotifierOptions options_{.urls = {kOne, kTwo}, .token = [] { return std::string("secret"); }};
  std::optional<NotifierSource> source_;
};

TEST_F(NotifierReaderTest, ANewReaderBeginsWhereItIsGreeted) {
  http_.Route(kOne, {Stream({Hello(4), Frame(5)})});
  auto reader = Open();
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ((*reader)->position(), At(4));
  EXPECT_EQ(Read(**reader, 1), Texts{R"({"n":5})"});
  EXPECT_EQ((*reader)->position(), At(5));
  EXPECT_EQ(HeaderOf(0, "Authorization"), "Bearer secret");
  EXPECT_EQ(HeaderOf(0, "Last-Event-ID"), std::nullopt);
  EXPECT_EQ(http_.requests().at(0).url, std::string(kOne) + "/events");
  EXPECT_EQ(source_->status().connected, kOne);
}

TEST_F(NotifierReaderTest, AReaderFromAPositionGetsWhatItMissedAndSaysWhereItBegan) {
  http_.Route(kOne, {Stream({Frame(3), Frame(4), Hello(9)})});
  auto reader = Open(At(2));
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ((*reader)->position(), At(2));
  EXPECT_EQ(HeaderOf(0, "Last-Event-ID"), "e-0.2");
  EXPECT_EQ(Read(**reader, 2), (Texts{R"({"n":3})", R"({"n":4})"}));
  EXPECT_TRUE((*reader)->Poll(base::Duration(0), {})->empty());
  EXPECT_EQ((*reader)->position(), At(9)) << "the rest belongs to other topics";
}

TEST_F(NotifierReaderTest, OtherTopicsOnlyMoveThePositionOn) {
  http_.Route(kOne,
              {Stream({Hello(1), Frame(2, prompt::kSavedTopic), Frame(3, prompt::kStatusTopic),
                       Frame(4), Frame(5, prompt::kStatusTopic)})});
  auto reader = Open();
  ASSERT_TRUE(reader);
  EXPECT_EQ(Read(**reader, 1), Texts{R"({"n":4})"});
  EXPECT_TRUE((*reader)->Poll(base::Duration(0), {})->empty());
}

TEST_F(NotifierReaderTest, StatesOfTheGreetingAreDeliveredAndMoveNothing) {
  std::string state = Frame(3, prompt::kStateTopic);
  state.replace(0, state.find('\n'), "event: state");
  http_.Route(kOne, {Stream({Hello(9), state})});
  auto reader = Open(std::nullopt, {std::string(prompt::kStateTopic)});
  ASSERT_TRUE(reader);
  EXPECT_EQ(Read(**reader, 1), Texts{R"({"n":3})"});
  EXPECT_EQ((*reader)->position(), At(9));
}

TEST_F(NotifierReaderTest, WhenANotifierGoesTheNextOneGoesOnWhereItWas) {
  http_.Route(kOne, {Stream({Hello(1), Frame(2)}, Ending::kCut)});
  http_.Route(kTwo, {Stream({Frame(3), Hello(3), Frame(4)})});
  auto reader = Open();
  ASSERT_TRUE(reader);
  EXPECT_EQ(Read(**reader, 1), Texts{R"({"n":2})"});
  ASSERT_TRUE(clock_.AwaitWaiters(1));
  clock_.Advance(std::chrono::seconds(2));
  EXPECT_EQ(Read(**reader, 2), (Texts{R"({"n":3})", R"({"n":4})"}));
  EXPECT_EQ(HeaderOf(1, "Last-Event-ID"), "e-0.2");
  EXPECT_EQ(source_->status().connected, kTwo);
  EXPECT_EQ(source_->status().failures, 1);
}

TEST_F(NotifierReaderTest, AStreamThatIsSilentForTooLongIsCutAndTheNextOneTried) {
  http_.Route(kOne, {Stream({Hello(1), Frame(2)})});
  http_.Route(kTwo, {Stream({Hello(2), Frame(3)})});
  auto reader = Open();
  ASSERT_TRUE(reader);
  EXPECT_EQ(Read(**reader, 1), Texts{R"({"n":2})"});
  ASSERT_TRUE(clock_.AwaitWaiters(1));
  clock_.Advance(kUplinkSilenceMax - base::Duration(1));
  EXPECT_EQ(http_.requests().size(), 1u);
  clock_.Advance(base::Duration(1));
  EXPECT_EQ(Read(**reader, 1), Texts{R"({"n":3})"});
}

TEST_F(NotifierReaderTest, WhatComesTwiceIsDeliveredOnce) {
  http_.Route(kOne, {Stream({Hello(1), Frame(2), Frame(2), Frame(1), Frame(3)})});
  auto reader = Open();
  ASSERT_TRUE(reader);
  EXPECT_EQ(Read(**reader, 2), (Texts{R"({"n":2})", R"({"n":3})"}));
}

TEST_F(NotifierReaderTest, OneThatIsNotThereIsPassedOverWhenOpening) {
  http_.Route(kTwo, {Stream({Hello(1)})});
  EXPECT_TRUE(Open());
  EXPECT_EQ(source_->status().failures, 1);
  EXPECT_TRUE(Open());
  EXPECT_EQ(source_->status().failures, 1) << "the one that works is asked first";
}

TEST_F(NotifierReaderTest, WhereNoneIsThereOpeningFailsAtOnceAndSaysSo) {
  const auto reader = Open();
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, base::Errc::kUnavailable);
  EXPECT_EQ(http_.requests().size(), 2u);
}

TEST_F(NotifierReaderTest, WhereNoneAnswersOpeningEndsInTime) {
  http_.Route("http://", {HttpScript{.ending = Ending::kNoAnswer}});
  std::jthread passing([this] {
    ASSERT_TRUE(clock_.AwaitWaiters(2));
    clock_.Advance(options_.open_timeout);
  });
  const auto reader = Open();
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, base::Errc::kUnavailable);
}

TEST_F(NotifierReaderTest, ARefusedTokenIsSaidToBeThat) {
  http_.Route("http://", {Status(401)});
  const auto reader = Open();
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, base::Errc::kUnauthorized);
  EXPECT_TRUE(reader.error().message.contains("token")) << reader.error().message;
  EXPECT_FALSE(reader.error().message.contains("secret"));
}

TEST_F(NotifierReaderTest, APositionThatCannotBeServedIsNotFound) {
  http_.Route("http://", {Stream({"id: e-0.9\nevent: reset\ndata: {}\n\n"})});
  const auto reader = Open(At(2));
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, base::Errc::kNotFound);
}

TEST_F(NotifierReaderTest, AResetOnTheWayIsNotFoundAfterWhatCameBefore) {
  http_.Route("http://", {Stream({Hello(1), Frame(2), "event: reset\ndata: {}\n\n", Frame(3)})});
  auto reader = Open();
  ASSERT_TRUE(reader);
  EXPECT_EQ(Read(**reader, 1), Texts{R"({"n":2})"});
  const auto end = (*reader)->Poll(kPatience, {});
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, base::Errc::kNotFound);
}

TEST_F(NotifierReaderTest, AnotherLogIsNotFound) {
  http_.Route("http://", {Stream({"id: other-0.9\nevent: hello\ndata: {}\n\n"})});
  const auto reader = Open(At(2));
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, base::Errc::kNotFound);
}

TEST_F(NotifierReaderTest, WhatIsNoNotifierIsPassedOver) {
  const std::string broken[] = {"id: nonsense\nevent: hello\ndata: {}\n\n",
                                "<html>",
                                "data: {}\n\n",
                                Frame(1),  // Before any greeting.
                                "event: state\ndata: {}\n\n",
                                Hello(1).substr(0, 10)};
  for (const std::string& bytes : broken) {
    http_.Route(kOne, {Stream({bytes}, Ending::kComplete)});
    http_.Route(kTwo, {Stream({Hello(1)})});
    source_.reset();
    EXPECT_TRUE(Open()) << bytes;
    EXPECT_EQ(source_->status().connected, kTwo) << bytes;
  }
}

TEST_F(NotifierReaderTest, WhenAllStayAwayPollSaysSo) {
  http_.Route(kOne, {Stream({Hello(1)}, Ending::kCut), Status(503)});
  http_.Route(kTwo, {Status(503)});
  auto reader = Open();
  ASSERT_TRUE(reader);
  std::jthread passing([this](std::stop_token stop) {
    while (!stop.stop_requested()) {
      clock_.Advance(std::chrono::seconds(1));
      std::this_thread::yield();
    }
  });
  base::Result<std::vector<prompt::Message>> polled = std::vector<prompt::Message>();
  while (polled && polled->empty()) polled = (*reader)->Poll(kPatience, {});
  ASSERT_FALSE(polled);
  EXPECT_EQ(polled.error().code, base::Errc::kUnavailable);
  EXPECT_TRUE(polled.error().message.contains("503")) << polled.error().message;
  EXPECT_EQ(http_.requests().size(), 1u + kUplinkRoundsMax * 2);
}

TEST_F(NotifierReaderTest, APollWithoutWaitingIsBehindNoOtherReader) {
  http_.Route(kOne, {Stream({Hello(1), Frame(2), Frame(3)}), Stream({Hello(1)})});
  auto ahead = Open();
  ASSERT_TRUE(ahead);
  EXPECT_EQ(Read(**ahead, 2).size(), 2u);
  auto behind = Open();
  ASSERT_TRUE(behind);
  std::jthread passing([this] {
    ASSERT_TRUE(clock_.AwaitWaiters(3));
    clock_.Advance(options_.open_timeout);
  });
  const auto polled = (*behind)->Poll(base::Duration(0), {});
  ASSERT_FALSE(polled);
  EXPECT_EQ(polled.error().code, base::Errc::kUnavailable);
}

TEST_F(NotifierReaderTest, MoreThanTheQueueHoldsWaitsInTheSocketAndNothingIsLost) {
  for (const size_t count : {kUplinkQueueMessagesMax - 1, kUplinkQueueMessagesMax,
                             kUplinkQueueMessagesMax + 1, 2 * kUplinkQueueMessagesMax + 1}) {
    std::vector<std::string> pieces = {Hello(0)};
    for (size_t i = 1; i <= count; ++i) pieces.push_back(Frame(static_cast<int64_t>(i)));
    http_.Route(kOne, {Stream(std::move(pieces))});
    {
      EXPECT_TRUE(Open());
    }  // One that never polls ends all the same.
    auto reader = Open();
    ASSERT_TRUE(reader);
    const Texts values = Read(**reader, count);
    ASSERT_EQ(values.size(), count);
    EXPECT_EQ(values.back(), "{\"n\":" + std::to_string(count) + "}");
  }
}

TEST_F(NotifierReaderTest, TheQueueIsBoundedInBytesToo) {
  constexpr size_t kPart = 512 * 1024;
  std::vector<std::string> pieces = {Hello(0)};
  for (size_t i = 1; i <= kUplinkQueueBytesMax / kPart * 2; ++i) {
    prompt::Message message;
    message.topic = prompt::kLiveTopic;
    message.offset = static_cast<int64_t>(i);
    message.value = "{\"a\":\"" + std::string(kPart, 'x') + "\"}";
    pieces.push_back(*UplinkFormat({}).encode(message, At(message.offset)));
  }
  const size_t count = pieces.size() - 1;
  http_.Route(kOne, {Stream(std::move(pieces))});
  auto reader = Open();
  ASSERT_TRUE(reader);
  const auto first = (*reader)->Poll(kPatience, {});
  ASSERT_TRUE(first);
  EXPECT_LE(first->size(), prompt::kPollBytesMax / kPart);
  EXPECT_EQ(Read(**reader, count - first->size()).size(), count - first->size());
}

TEST_F(NotifierReaderTest, TheNumberOfNotifiersIsBounded) {
  http_.Route("http://", {Stream({Hello(1)})});
  for (const auto& [count, good] : {std::pair<size_t, bool>{0, false},
                                    {1, true},
                                    {kUplinkNotifiersMax, true},
                                    {kUplinkNotifiersMax + 1, false}}) {
    options_.urls.assign(count, kOne);
    source_.reset();
    const auto reader = Open();
    EXPECT_EQ(reader.has_value(), good) << count;
    if (!reader) EXPECT_EQ(reader.error().code, base::Errc::kInvalid);
  }
}

TEST_F(NotifierReaderTest, OnlyTopicsThatANotifierSendsCanBeRead) {
  for (const Texts& topics : {Texts{}, Texts{std::string(prompt::kIncomingTopic)}}) {
    const auto reader = Open(std::nullopt, topics);
    ASSERT_FALSE(reader);
    EXPECT_EQ(reader.error().code, base::Errc::kInvalid);
  }
}

TEST_F(NotifierReaderTest, ItsDeadlinesAreThoseOfAHouse) {
  http_.Route(kOne, {Stream({Hello(1)})});
  ASSERT_TRUE(Open());
  const http::Deadlines deadlines = http_.requests().at(0).deadlines;
  EXPECT_EQ(deadlines.connect, kUplinkConnectMax);
  EXPECT_EQ(deadlines.first_byte, kUplinkFirstByteMax);
  EXPECT_EQ(deadlines.idle, kUplinkSilenceMax);
  EXPECT_GE(kUplinkSilenceMax, 2 * kUplinkHeartbeat);
}

}  // namespace
}  // namespace feed
