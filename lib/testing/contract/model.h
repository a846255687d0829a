// What every council::Model promises (lib/council/model.h), as tests.
//
// Include it in one test file and instantiate:
//   INSTANTIATE_TEST_SUITE_P(Fake, ModelContract, ::testing::Values(&MakeHarness));
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "lib/base/result.h"
#include "lib/council/model.h"

namespace testing {

// What the next calls meet.
struct ModelBehaviour {
  enum class Ending {
    kDone,
    kLength,     // num_predict was reached.
    kSilence,    // Nothing more comes, the connection stays.
    kCut,        // The connection ends without a last word.
    kErrorLine,  // The model says in the middle that it failed.
    kBusy,       // Too many wait already; nothing is generated.
    kRefused,    // The request itself is refused.
    kDown,       // Nobody listens.
  };
  std::vector<std::string> pieces = {};
  Ending ending = Ending::kDone;
};

// One implementation and the world behind it.
class ModelHarness {
 public:
  virtual ~ModelHarness() = default;
  virtual council::Model& model() = 0;
  virtual std::string known_model() const = 0;
  // False where this implementation cannot behave so: the case is skipped.
  virtual bool Behave(const ModelBehaviour& behaviour) = 0;
};

using ModelHarnessFactory = std::function<std::unique_ptr<ModelHarness>()>;

class ModelContract : public ::testing::TestWithParam<ModelHarnessFactory> {
 protected:
  using Ending = ModelBehaviour::Ending;

  ModelContract() : harness_(GetParam()()) {}

  council::ChatRequest Request(std::string text = "What is 2 + 3?") const {
    council::ChatRequest request;
    request.model = harness_->known_model();
    request.messages = {{"system", "Be brief."}, {"user", std::move(text)}};
    request.seed = 7;
    return request;
  }

  base::Result<council::ChatReply> Chat(const council::ChatRequest& request,
                                        std::stop_token stop = {}) {
    return harness_->model().Chat(
        request,
        [this](std::string_view piece) {
          streamed_ += piece;
          ++pieces_;
          text_thread_ = std::this_thread::get_id();
          if (on_piece_) on_piece_();
        },
        stop);
  }

  // Fails with kUnavailable, and the message names the model and ends with a next step.
  void ExpectUnavailable(const base::Result<council::ChatReply>& reply) const {
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, base::Errc::kUnavailable) << reply.error().message;
    EXPECT_NE(reply.error().message.find(harness_->known_model()), std::string::npos)
        << reply.error().message;
  }

  std::unique_ptr<ModelHarness> harness_;
  std::string streamed_;
  int pieces_ = 0;
  std::thread::id text_thread_;
  std::function<void()> on_piece_;
};

#define MODEL_BEHAVES(...)                                                    \
  if (!harness_->Behave(__VA_ARGS__)) {                                       \
    GTEST_SKIP() << "this implementation cannot be made to behave like that"; \
  }                                                                           \
  static_assert(true, "needs a semicolon")

TEST_P(ModelContract, ListHasTheKnownModelAndItCanChat) {
  auto models = harness_->model().List();
  ASSERT_TRUE(models) << models.error().message;
  bool found = false;
  for (const council::ModelInfo& info : *models) {
    EXPECT_FALSE(info.name.empty());
    EXPECT_FALSE(info.family.empty()) << info.name;
    if (info.name == harness_->known_model()) found = info.can_chat;
  }
  EXPECT_TRUE(found);
}

TEST_P(ModelContract, PiecesAddUpToTheReplyOnTheCallingThread) {
  auto reply = Chat(Request());
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_FALSE(reply->text.empty());
  EXPECT_EQ(streamed_, reply->text);
  EXPECT_EQ(text_thread_, std::this_thread::get_id());
  EXPECT_EQ(reply->done, council::DoneReason::kStop);
  EXPECT_FALSE(reply->prompt_truncated);
}

TEST_P(ModelContract, WorksWithoutAListener) {
  auto reply = harness_->model().Chat(Request(), nullptr, {});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_FALSE(reply->text.empty());
}

TEST_P(ModelContract, StreamsPieceByPiece) {
  MODEL_BEHAVES({.pieces = {"one ", "two ", "three"}});
  auto reply = Chat(Request());
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->text, "one two three");
  EXPECT_EQ(pieces_, 3);
}

TEST_P(ModelContract, SaysWhenTheLengthWasReached) {
  MODEL_BEHAVES({.pieces = {"cut he"}, .ending = Ending::kLength});
  auto reply = Chat(Request());
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->done, council::DoneReason::kLength);
}

TEST_P(ModelContract, AnUnknownModelIsNotFoundAndNamed) {
  auto request = Request();
  request.model = "nosuch:1b";
  auto reply = Chat(request);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, base::Errc::kNotFound) << reply.error().message;
  EXPECT_NE(reply.error().message.find("nosuch:1b"), std::string::npos);
}

TEST_P(ModelContract, ARefusedRequestIsInvalid) {
  MODEL_BEHAVES({.ending = Ending::kRefused});
  auto reply = Chat(Request());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, base::Errc::kInvalid) << reply.error().message;
}

TEST_P(ModelContract, ABusyModelIsUnavailable) {
  MODEL_BEHAVES({.ending = Ending::kBusy});
  ExpectUnavailable(Chat(Request()));
}

TEST_P(ModelContract, AModelThatIsDownIsUnavailable) {
  MODEL_BEHAVES({.ending = Ending::kDown});
  ExpectUnavailable(Chat(Request()));
  EXPECT_FALSE(harness_->model().List());
}

TEST_P(ModelContract, AnErrorInTheMiddleIsUnavailable) {
  MODEL_BEHAVES({.pieces = {"half "}, .ending = Ending::kErrorLine});
  ExpectUnavailable(Chat(Request()));
  EXPECT_EQ(streamed_, "half ");
}

TEST_P(ModelContract, AStreamWithoutAnEndIsUnavailable) {
  MODEL_BEHAVES({.pieces = {"half "}, .ending = Ending::kCut});
  ExpectUnavailable(Chat(Request()));
}

TEST_P(ModelContract, SilenceBeforeTheFirstTokenIsUnavailable) {
  MODEL_BEHAVES({.ending = Ending::kSilence});
  auto request = Request();
  request.limits.first_token = std::chrono::milliseconds(50);
  ExpectUnavailable(Chat(request));
}

TEST_P(ModelContract, SilenceBetweenTokensIsUnavailable) {
  MODEL_BEHAVES({.pieces = {"half "}, .ending = Ending::kSilence});
  auto request = Request();
  request.limits.between_tokens = std::chrono::milliseconds(50);
  ExpectUnavailable(Chat(request));
}

TEST_P(ModelContract, TheTotalLimitHolds) {
  MODEL_BEHAVES({.pieces = {"half "}, .ending = Ending::kSilence});
  auto request = Request();
  request.limits.total = std::chrono::milliseconds(80);
  ExpectUnavailable(Chat(request));
}

TEST_P(ModelContract, AStopWhileSilentGivesTheTextSoFar) {
  MODEL_BEHAVES({.pieces = {"so far "}, .ending = Ending::kSilence});
  std::stop_source stop;
  std::jthread stopper;
  on_piece_ = [&] { stopper = std::jthread([&stop] { stop.request_stop(); }); };
  auto reply = Chat(Request(), stop.get_token());
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->done, council::DoneReason::kStopped);
  EXPECT_EQ(reply->text, "so far ");
}

TEST_P(ModelContract, AStopFromTheListenerEndsTheReply) {
  std::stop_source stop;
  on_piece_ = [&] { stop.request_stop(); };
  auto reply = Chat(Request(), stop.get_token());
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->done, council::DoneReason::kStopped);
  EXPECT_EQ(streamed_, reply->text);
}

TEST_P(ModelContract, AStopBeforeTheCallGeneratesNothing) {
  std::stop_source stop;
  stop.request_stop();
  auto reply = Chat(Request(), stop.get_token());
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->done, council::DoneReason::kStopped);
  EXPECT_EQ(reply->text, "");
}

// The bound of the text: below and at it nothing is lost, above it the reply ends.
TEST_P(ModelContract, TextIsBoundedAtWholeCharacters) {
  for (const size_t bytes_max : {size_t{4}, size_t{5}, size_t{6}}) {
    MODEL_BEHAVES({.pieces = {"ab", "c\xC3\xA4"}});  // Five bytes, the last two one character.
    streamed_.clear();
    auto request = Request();
    request.limits.text_bytes_max = bytes_max;
    auto reply = Chat(request);
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->text, bytes_max < 5 ? "abc" : "abc\xC3\xA4");
    EXPECT_EQ(streamed_, reply->text);
    EXPECT_EQ(reply->done,
              bytes_max < 5 ? council::DoneReason::kLength : council::DoneReason::kStop);
  }
}

TEST_P(ModelContract, ServesSeveralThreadsAtOnce) {
  constexpr int kThreads = 4;
  std::vector<std::optional<base::Result<council::ChatReply>>> replies(kThreads);
  {
    std::vector<std::jthread> threads;
    for (auto& reply : replies) {
      threads.emplace_back(
          [this, &reply] { reply = harness_->model().Chat(Request(), nullptr, {}); });
    }
  }
  for (const auto& reply : replies) {
    ASSERT_TRUE(*reply) << (*reply).error().message;
    EXPECT_EQ((*reply)->text, (*replies[0])->text);
  }
}

#undef MODEL_BEHAVES

}  // namespace testing
