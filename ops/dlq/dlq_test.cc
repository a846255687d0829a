#include "ops/dlq/dlq.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/prompt/bus.h"
#include "lib/prompt/letter.h"
#include "lib/prompt/topics.h"
#include "lib/sqlite/database.h"
#include "lib/sqlite/sqlite_bus.h"
#include "lib/testing/fake_http.h"
#include "ops/command.h"

namespace ops {
namespace {

constexpr base::Duration kLong = std::chrono::seconds(60);

class DlqTest : public ::testing::Test {
 protected:
  DlqTest() : http_(clock_) {
    std::string path = ::testing::TempDir() + "/data.XXXXXX";
    data_ = mkdtemp(path.data());
  }
  ~DlqTest() override { std::filesystem::remove_all(data_); }

  int Run(const std::vector<std::string>& args) {
    out_.clear();
    error_.clear();
    const CommandParts parts{.environment = {"OTM_KAFKA_BROKERS=127.0.0.1:1"},
                             .clock = clock_,
                             .http = http_,
                             .out = [this](std::string_view text) { out_ += text; },
                             .error = [this](std::string_view text) { error_ += text; }};
    return Dlq(args, parts);
  }

  // A home edition on this folder that runs, with one letter.
  struct Home {
    std::unique_ptr<sqlite::Database> database;
    std::unique_ptr<sqlite::SqliteBus> bus;
  };
  Home Start() {
    Home home{.database = *sqlite::Database::Open({.path = data_ + "/otm-home.db"}, clock_),
              .bus = {}};
    home.bus = std::make_unique<sqlite::SqliteBus>(*home.database, clock_);
    return home;
  }
  void PutLetter(Home& home) {
    const prompt::Letter letter{.reason = "unreadable",
                                .error = "prompt must be a string",
                                .topic = std::string(prompt::kIncomingTopic),
                                .origin = {.partition = 0, .offset = 1},
                                .time_ms = clock_.UnixMs(),
                                .tries = 1,
                                .service = "otm-council",
                                .id = "01HZZZZZZZZZZZZZZZZZZZZ001"};
    const auto headers = prompt::LetterHeaders(letter, {});
    ASSERT_TRUE(home.bus->Send(
        {prompt::DeadLetterTopic(prompt::kIncomingTopic), "k", R"({"prompt":7})", headers},
        prompt::Delivery::kDurable, kLong));
  }

  base::SystemClock clock_;
  testing::FakeHttp http_;
  std::string data_;
  std::string out_;
  std::string error_;
};

TEST_F(DlqTest, SaysHowItIsUsed) {
  const struct {
    std::vector<std::string> args;
    std::string_view why;
  } cases[] = {
      {{}, "what is to be done? list, show, requeue or discard"},
      {{"eat"}, "there is no \"eat\""},
      {{"list", "0-1"}, "list takes no id"},
      {{"list", "--all"}, "list takes no id"},
      {{"list", "--limit", "0"}, "limit"},
      {{"list", "--limit", std::to_string(kLettersShownMax + 1)}, "limit"},
      {{"show"}, "show takes one id"},
      {{"show", "seven"}, "is no id of a letter, such as 0-41"},
      {{"requeue"}, "requeue takes one id, or --all"},
      {{"requeue", "0-1", "--all"}, "requeue takes one id, or --all"},
      {{"discard", "--all"}, "if that is meant, add --yes"},
      {{"list", "--jason=true"}, "did you mean --json?"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Run(c.args), 64);
    EXPECT_TRUE(error_.contains(c.why)) << error_;
    EXPECT_TRUE(error_.contains("try: ops dlq --help")) << error_;
  }
  for (const int limit : {kLettersShownMax - 1, kLettersShownMax}) {
    EXPECT_EQ(Run({"list", "--limit", std::to_string(limit), "--data", data_}), 66);
  }
  EXPECT_EQ(Run({"--help"}), 0);
  EXPECT_TRUE(out_.contains("ops dlq requeue ID | --all")) << out_;
}

TEST_F(DlqTest, AHomeEditionIsServedWhileItRunsAndWhileItDoesNot) {
  const std::vector<std::string> data{"--data", data_};
  const auto with = [&](std::vector<std::string> args) {
    args.insert(args.end(), data.begin(), data.end());
    return args;
  };
  {
    Home home = Start();
    EXPECT_EQ(Run(with({"list"})), 0) << error_;
    EXPECT_EQ(out_, "no dead letters\n");
    PutLetter(home);
    EXPECT_EQ(Run(with({"list"})), 0) << error_;
    EXPECT_TRUE(out_.contains("0-1") && out_.contains("prompt must be a string")) << out_;
    EXPECT_TRUE(error_.contains("next: ops dlq show ID")) << error_;
    EXPECT_EQ(Run(with({"show", "0-1"})), 0) << error_;
    EXPECT_TRUE(out_.contains(R"({"prompt":7})")) << out_;
    EXPECT_EQ(Run(with({"requeue", "0-1"})), 0) << error_;
    EXPECT_EQ(out_, "1 letter requeued\n");
    // The one that runs sees it.
    const auto consumer = *home.bus->OpenConsumer(prompt::kIncomingTopic, "group");
    const auto message = *consumer->Poll(kLong, {});
    ASSERT_TRUE(message);
    EXPECT_EQ(message->value, R"({"prompt":7})");
    EXPECT_EQ(prompt::RequeuedCount(message->headers), 1);
    EXPECT_EQ(Run(with({"requeue", "0-1"})), 73);
    EXPECT_TRUE(error_.contains("was requeued at")) << error_;
    PutLetter(home);
    PutLetter(home);
  }
  EXPECT_EQ(Run(with({"list", "--json"})), 0) << error_;
  EXPECT_TRUE(out_.contains("\"open\":1")) << out_;
  EXPECT_EQ(Run(with({"discard", "--all", "--yes"})), 0) << error_;
  EXPECT_EQ(out_, "1 letter discarded\n");
  EXPECT_EQ(Run(with({"show", "9-9"})), 66);
  EXPECT_TRUE(error_.contains("ops dlq list")) << error_;
}

TEST_F(DlqTest, AFolderWithoutDataIsNamedAndNotMade) {
  EXPECT_EQ(Run({"list", "--data", data_ + "/none"}), 66);
  EXPECT_TRUE(error_.contains("/none/otm-home.db")) << error_;
  EXPECT_FALSE(std::filesystem::exists(data_ + "/none"));
}

TEST_F(DlqTest, AKafkaThatIsAwayIsNamedWithTheNextStep) {
  EXPECT_EQ(Run({"list"}), 69);
  EXPECT_TRUE(error_.contains("Kafka at 127.0.0.1:1 cannot be reached")) << error_;
  EXPECT_TRUE(error_.contains("is it running")) << error_;
}

TEST_F(DlqTest, SettingsOfKafkaThatCannotBeRightAreNamed) {
  EXPECT_EQ(Run({"list", "--kafka-security", "SASL_SSL"}), 65);
  EXPECT_TRUE(error_.contains("needs kafka-user and kafka-password")) << error_;
}

}  // namespace
}  // namespace ops
