#include "lib/mongo/client.h"

#include <gtest/gtest.h>

#include <atomic>

#include "lib/mongo/wire_server.h"

namespace mongo {
namespace {

using base::Errc;

// Long enough for a loaded machine, and for the driver, which looks for a new primary every half
// second at most.
constexpr base::Duration kPatience = std::chrono::seconds(20);
// For servers that never answer.
constexpr base::Duration kShort = std::chrono::seconds(2);

class ClientTest : public ::testing::Test {
 protected:
  std::unique_ptr<Client> Open(base::Duration timeout = kPatience) {
    MongoOptions options{.url = server_.url()};
    options.app = "otm-test";
    options.timeout = timeout;
    auto client = Client::Open(options, clock_);
    EXPECT_TRUE(client) << client.error().message;
    return *std::move(client);
  }

  // The first `count` answers to "update" are `answer()`, then it works.
  void FailUpdates(int count, std::function<Answer()> answer) {
    server_.SetHandler([this, count, answer = std::move(answer)](
                           const std::string& name, const View&) -> std::optional<Answer> {
      if (name != "update" || ++updates_ > count) return std::nullopt;
      return answer();
    });
  }

  static base::Result<Document> Update(Client& client) {
    const auto updates = ListOf(Document().Child("q", Document().Text("_id", "p1")));
    return client.Run(client.Begin("Finish"), Target::kPrimary,
                      Document().Text("update", "council-responses").Array("updates", updates));
  }

  base::SystemClock clock_;
  std::atomic<int> updates_ = 0;
  WireServer server_;
};

TEST_F(ClientTest, EveryCommandSaysWhoAsksAndForHowLong) {
  const auto client = Open();
  ASSERT_TRUE(Update(*client));
  ASSERT_TRUE(client->Run(client->Begin("Ping"), Target::kPrimary, Document().Int("ping", 1)));
  ASSERT_TRUE(client->Find(client->Begin("Load"), {.collection = "council-responses"},
                           [](const View&) { return true; }));
  for (const auto& [name, comment] : {std::pair{"update", "otm-test Finish"},
                                      {"ping", "otm-test Ping"},
                                      {"find", "otm-test Load"}}) {
    const auto sent = server_.log(name);
    ASSERT_EQ(sent.size(), 1u) << name;
    EXPECT_EQ(sent[0].view().Text("comment"), comment);
    EXPECT_EQ(sent[0].view().Int("maxTimeMS"), 6000) << name;
    EXPECT_EQ(sent[0].view().Text("$db"), "otm-home") << name;
    EXPECT_FALSE(sent[0].view().Has("txnNumber")) << name;
  }
}

TEST_F(ClientTest, AWriteWaitsForMostServersAndTheirDisks) {
  const auto client = Open();
  ASSERT_TRUE(Update(*client));
  const auto concern = server_.log("update")[0].view().Child("writeConcern");
  ASSERT_TRUE(concern);
  EXPECT_EQ(concern->Text("w"), "majority");
  EXPECT_EQ(concern->Bool("j"), true);
}

TEST_F(ClientTest, WhatMayGetBetterIsRepeated) {
  for (const int code : {kShutdownInProgressCode, kWriteConflictCode, kPrimarySteppedDownCode,
                         kNotWritablePrimaryCode}) {
    updates_ = 0;
    FailUpdates(2, [code] { return Failure(code, "not now"); });
    const auto client = Open();
    const auto reply = Update(*client);
    EXPECT_TRUE(reply) << code << ": " << reply.error().message;
    EXPECT_EQ(updates_, 3) << code;
    EXPECT_EQ(client->NotReady(), "");
  }
}

TEST_F(ClientTest, AnErrorOfAStatementCountsLikeOneOfTheCommand) {
  FailUpdates(1, [] { return WriteFailure(kWriteConflictCode, "write conflict"); });
  const auto client = Open();
  EXPECT_TRUE(Update(*client));
  EXPECT_EQ(updates_, 2);
}

TEST_F(ClientTest, ADuplicateIsAConflictAndNotRepeated) {
  FailUpdates(9, [] { return WriteFailure(kDuplicateKeyCode, "E11000 duplicate key"); });
  const auto client = Open();
  const auto reply = Update(*client);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::kConflict);
  EXPECT_EQ(updates_, 1);
  EXPECT_EQ(client->NotReady(), "") << "the server works";
}

TEST_F(ClientTest, AWriteThatMostServersDidNotConfirmIsNoSuccess) {
  server_.SetHandler([](const std::string& name, const View&) -> std::optional<Answer> {
    if (name != "update") return std::nullopt;
    return Reply(Document().Int("n", 1).Child(
        "writeConcernError", Document().Int("code", 64).Text("errmsg", "timed out")));
  });
  const auto client = Open();
  const auto reply = Update(*client);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::kUnavailable);
}

TEST_F(ClientTest, ACutConnectionIsRepeated) {
  FailUpdates(2, [] { return Cut(); });
  const auto client = Open();
  const auto reply = Update(*client);
  EXPECT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(updates_, 3);
}

TEST_F(ClientTest, GarbageAndAHugeReplyAreRepeatedLikeACut) {
  const std::string garbage(64, '\x7F');
  const std::string huge("\xFF\xFF\xFF\x7F\x01\0\0\0\x01\0\0\0\xDD\x07\0\0", 16);
  for (const std::string& bytes : {garbage, huge}) {
    updates_ = 0;
    FailUpdates(1, [bytes] { return Bytes(bytes); });
    const auto client = Open();
    const auto reply = Update(*client);
    EXPECT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(updates_, 2);
  }
}

TEST_F(ClientTest, SilenceEndsWithTheCall) {
  FailUpdates(9, [] { return Silence(); });
  const auto client = Open(kShort);
  const auto reply = Update(*client);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::kUnavailable);
  EXPECT_FALSE(client->NotReady().empty());
}

TEST_F(ClientTest, RepeatingEnds) {
  FailUpdates(1000, [] { return Failure(kWriteConflictCode, "write conflict"); });
  const auto client = Open();
  const auto reply = Update(*client);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::kUnavailable);
  EXPECT_EQ(updates_, kAttemptsMax);
}

TEST_F(ClientTest, ACallThatTookHalfItsTimeBeginsNothingMore) {
  const auto client = Open();
  for (const int tenths : {kStartTenthsMax - 1, kStartTenthsMax, kStartTenthsMax + 1}) {
    Call call = client->Begin("Finish");
    call.end -= kPatience * tenths / 10;  // So much is over; at the limit some more.
    const auto reply = client->Run(call, Target::kPrimary, Document().Int("ping", 1));
    EXPECT_EQ(reply.has_value(), tenths < kStartTenthsMax) << tenths;
    if (!reply) EXPECT_EQ(reply.error().code, Errc::kUnavailable);
  }
  EXPECT_EQ(server_.log("ping").size(), 1u);
}

TEST_F(ClientTest, AListThatBrokeOffIsNotBegunAgain) {
  server_.SetHandler([](const std::string& name, const View&) -> std::optional<Answer> {
    if (name == "getMore") return Cut();
    if (name != "find") return std::nullopt;
    return Reply(Document().Child("cursor", Document()
                                                .Array("firstBatch", ListOf(Document().Int("a", 1)))
                                                .Int("id", 77)
                                                .Text("ns", "otm-home.c")));
  });
  const auto client = Open();
  int taken = 0;
  const auto found = client->Find(client->Begin("List"), {.collection = "c"}, [&](const View&) {
    ++taken;
    return true;
  });
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::kUnavailable);
  EXPECT_EQ(taken, 1);
  EXPECT_EQ(server_.log("find").size(), 1u);
}

TEST_F(ClientTest, APortalReadsFromASecondaryAndWritesToThePrimaryOnly) {
  server_.SetHello(Document()
                       .False("ismaster")
                       .True("secondary")
                       .Text("setName", "rs0")
                       .Array("hosts", {})
                       .Small("minWireVersion", 0)
                       .Small("maxWireVersion", 13));
  MongoOptions options{.url = server_.url() + "/?replicaSet=rs0",
                       .reads = Reads::kSecondaryPreferred};
  options.timeout = kShort;
  const auto client = *Client::Open(options, clock_);
  const Query query{.collection = "c", .target = Target::kNear};
  EXPECT_TRUE(client->Find(client->Begin("List"), query, [](const View&) { return true; }));
  const auto written = Update(*client);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::kUnavailable);
  EXPECT_TRUE(server_.log("update").empty());
}

TEST_F(ClientTest, ReadinessSaysWhyAndWhatToDoAndNeverThePassword) {
  MongoOptions options{.url = "mongodb://otm:s3cret@127.0.0.1:9/?authSource=admin"};
  options.timeout = kShort;
  const auto client = *Client::Open(options, clock_);
  EXPECT_EQ(client->NotReady(), "mongodb at 127.0.0.1:9 was not asked yet; wait a moment");
  const auto reply =
      client->Run(client->Begin("Ping"), Target::kPrimary, Document().Int("ping", 1));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::kUnavailable);
  EXPECT_EQ(client->NotReady(), reply.error().message);
  EXPECT_NE(client->NotReady().find("systemctl status mongod"), std::string::npos)
      << client->NotReady();
  EXPECT_EQ(client->NotReady().find("s3cret"), std::string::npos);
}

TEST_F(ClientTest, AProcessOutlivesTheServersAbsence) {
  FailUpdates(1000, [] { return Failure(kAuthenticationFailedCode, "Authentication failed."); });
  const auto client = Open();
  ASSERT_FALSE(Update(*client));
  EXPECT_NE(client->NotReady().find("check user, password and authSource"), std::string::npos);
  server_.SetHandler({});
  EXPECT_TRUE(Update(*client));
  EXPECT_EQ(client->NotReady(), "");
}

}  // namespace
}  // namespace mongo
