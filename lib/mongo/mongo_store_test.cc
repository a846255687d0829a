// What a real server does only now and then: lost answers, races, leftovers. The contract runs on
// real servers (mongo_store_contract_test.cc).
#include "lib/mongo/mongo_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "lib/mongo/bson.h"
#include "lib/mongo/client.h"
#include "lib/mongo/documents.h"
#include "lib/mongo/outbox.h"
#include "lib/mongo/wire_server.h"

namespace mongo {
namespace {

using base::Errc;
using prompt::Status;

Stored Running() {
  prompt::Prompt prompt;
  prompt.id = "p1";
  prompt.user = "anna";
  prompt.text = "how often?";
  prompt.created_ms = 10;
  Stored stored = *ReadStored(NewStored(prompt, NewObjectId()).view());
  stored.prompt.status = Status::kProcessing;
  stored.prompt.epoch = 3;
  stored.prompt.seq = 2;
  stored.tries = 1;
  stored.lease_until = 99;
  return stored;
}

// `stored` as the server holds it.
Document Held(const Stored& stored, const ObjectId& mark) {
  return Document()
      .Text("_id", stored.prompt.id)
      .All(Document(*UpdateTo({.after = stored, .owner = "w", .mark = mark}, Events::kNone)
                         .view()
                         .Child("$set")))
      .Text("user", stored.prompt.user)
      .Text("prompt", stored.prompt.text)
      .Date("createdAt", stored.prompt.created_ms)
      .Texts("steps", stored.steps);
}

prompt::Step NewOf(const std::string& seat, const std::string& text) {
  prompt::Step step;
  step.stage = "answer";
  step.seat = seat;
  step.text = text;
  return step;
}

View FirstUpdate(const Document& command) { return command.view().Children("updates").at(0); }

class MongoStoreTest : public ::testing::Test {
 protected:
  MongoStoreTest() {
    MongoOptions options{.url = server_.url()};
    options.timeout = std::chrono::seconds(20);
    client_ = *Client::Open(options, clock_);
    store_ = std::make_unique<MongoStore>(*client_);
  }

  static prompt::Outcome Answered() {
    prompt::Outcome outcome;
    outcome.answer = "weekly";
    return outcome;
  }

  base::SystemClock clock_;
  WireServer server_;
  std::atomic<int> count_ = 0;
  std::unique_ptr<Client> client_;
  std::unique_ptr<MongoStore> store_;
};

TEST_F(MongoStoreTest, AStateAndItsEventsAreOneWriteThatOnlyTheLeaseHolderMakes) {
  server_.SetHandler([](const std::string& name, const View&) -> std::optional<Answer> {
    if (name != "find") return std::nullopt;
    return Documents(ListOf(Held(Running(), NewObjectId())));
  });
  ASSERT_TRUE(store_->Finish("p1", 3, Answered(), 50));
  const auto updates = server_.log("update");
  ASSERT_EQ(updates.size(), 1u);
  const View filter = *FirstUpdate(updates[0]).Child("q");
  EXPECT_EQ(filter.Text("_id"), "p1");
  EXPECT_EQ(filter.Int("epoch"), 3);
  EXPECT_EQ(filter.Text("status"), "PROCESSING");
  const View change = *FirstUpdate(updates[0]).Child("u");
  EXPECT_EQ(change.Child("$set")->Text("status"), "COMPLETED");
  EXPECT_EQ(change.Child("$push")->Child("outbox")->Children("$each").size(), 2u);
}

TEST_F(MongoStoreTest, AnAnswerThatWasLostOnTheWayIsStillSuccess) {
  // The first update is done and the connection ends; when it comes again nothing passes its
  // filter any more.
  ObjectId mark;
  server_.SetHandler([&](const std::string& name, const View& command) -> std::optional<Answer> {
    if (name == "update") {
      mark = *command.Children("updates").at(0).Child("u")->Child("$set")->Id("mark");
      if (count_++ == 0) return Cut();
      return Reply(Document().Int("n", 0));
    }
    if (name != "find") return std::nullopt;
    Stored stored = Running();
    if (count_ > 0) {
      stored.prompt.status = Status::kCompleted;
      stored.prompt.seq = 3;
    }
    return Documents(ListOf(Held(stored, count_ > 0 ? mark : NewObjectId())));
  });
  const auto finished = store_->Finish("p1", 3, Answered(), 50);
  EXPECT_TRUE(finished) << finished.error().message;
  EXPECT_EQ(count_, 2);
}

TEST_F(MongoStoreTest, APromptThatSomebodyElseFinishedIsAConflict) {
  server_.SetHandler([&](const std::string& name, const View&) -> std::optional<Answer> {
    if (name == "update") return Reply(Document().Int("n", 0));
    if (name != "find") return std::nullopt;
    Stored stored = Running();
    if (count_++ > 0) stored.prompt.epoch = 4;
    return Documents(ListOf(Held(stored, NewObjectId())));
  });
  const auto finished = store_->Finish("p1", 3, Answered(), 50);
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().code, Errc::kConflict);
  EXPECT_EQ(server_.log("update").size(), 1u);
}

TEST_F(MongoStoreTest, AnInsertWhoseAnswerWasLostIsNew) {
  Document inserted;
  server_.SetHandler([&](const std::string& name, const View& command) -> std::optional<Answer> {
    if (name == "insert") {
      if (count_++ > 0) return WriteFailure(kDuplicateKeyCode, "E11000");
      inserted = Document(command.Children("documents").at(0));
      return Cut();
    }
    if (name != "find") return std::nullopt;
    return Documents(ListOf(Document(inserted.view())));
  });
  const auto result = store_->InsertIfAbsent(Running().prompt);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(*result, prompt::Inserted::kNew);
}

TEST_F(MongoStoreTest, ABatchWhoseAnswerWasLostIsNewButForWhatWasThereBefore) {
  std::vector<Document> inserted;
  server_.SetHandler([&](const std::string& name, const View& command) -> std::optional<Answer> {
    if (name == "insert") {
      if (count_++ > 0) return WriteFailure(kDuplicateKeyCode, "E11000");
      for (const View& document : command.Children("documents")) inserted.emplace_back(document);
      return Cut();
    }
    if (name != "find") return std::nullopt;
    Stored other = Running();
    other.prompt.id = "p2";
    return Documents(ListOf(Document(inserted.at(0).view()), Held(other, NewObjectId())));
  });
  std::vector<prompt::Prompt> prompts(3, Running().prompt);
  prompts[1].id = prompts[2].id = "p2";
  prompts[1].text = "something else?";
  const auto results = store_->InsertAllIfAbsent(prompts);
  ASSERT_TRUE(results) << results.error().message;
  ASSERT_EQ(results->size(), 3u);
  EXPECT_EQ(*results->at(0), prompt::Inserted::kNew);
  ASSERT_FALSE(results->at(1));
  EXPECT_EQ(results->at(1).error().code, Errc::kConflict);
}

TEST_F(MongoStoreTest, ALargeBatchGoesInSeveralCommands) {
  server_.SetHandler([&](const std::string& name, const View& command) -> std::optional<Answer> {
    if (name != "insert") return std::nullopt;
    return Reply(Document().Int("n", static_cast<int64_t>(command.Children("documents").size())));
  });
  // As many as reach the limit, and one more.
  constexpr size_t kFull = kInsertBytesMax / prompt::kPromptBytesMax;
  for (const auto& [count, commands] : {std::pair<size_t, size_t>{kFull, 1}, {kFull + 1, 2}}) {
    const size_t before = server_.log("insert").size();
    std::vector<prompt::Prompt> prompts(count);
    for (size_t i = 0; i < count; ++i) {
      prompts[i].id = "p" + std::to_string(i);
      prompts[i].text = std::string(prompt::kPromptBytesMax, 't');
    }
    ASSERT_TRUE(store_->InsertAllIfAbsent(prompts));
    EXPECT_EQ(server_.log("insert").size() - before, commands);
  }
}

TEST_F(MongoStoreTest, EventsOfAWholeOutboxAreRemovedWithoutReadingIt) {
  server_.SetHandler([&](const std::string& name, const View& command) -> std::optional<Answer> {
    if (name != "update") return std::nullopt;
    return Reply(Document().Int("n", static_cast<int64_t>(command.Children("updates").size())));
  });
  std::vector<prompt::OutboxEntry> sent;
  for (size_t i = 0; i < kStatementsMax + 1; ++i) {
    sent.push_back({.prompt_id = "p" + std::to_string(i), .seq = 7, .topic = "t", .value = {}});
  }
  ASSERT_TRUE(store_->RemoveFromOutbox(sent));
  EXPECT_TRUE(server_.log("find").empty());
  const auto updates = server_.log("update");
  ASSERT_EQ(updates.size(), 2u);
  EXPECT_EQ(updates[0].view().Children("updates").size(), kStatementsMax);
  const View filter = *FirstUpdate(updates[1]).Child("q");
  EXPECT_EQ(filter.Child("outbox")->Int("$size"), 1);
  EXPECT_EQ(filter.Int("outbox.0.seq"), 7);
  EXPECT_EQ(filter.Text("outbox.0.topic"), "t");
}

TEST_F(MongoStoreTest, RacesEnd) {
  server_.SetHandler([](const std::string& name, const View&) -> std::optional<Answer> {
    if (name == "update") return Reply(Document().Int("n", 0));
    if (name != "find") return std::nullopt;
    return Documents(ListOf(Held(Running(), NewObjectId())));
  });
  const auto cancelled = store_->Cancel("p1", 50);
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().code, Errc::kUnavailable);
  EXPECT_EQ(server_.log("update").size(), static_cast<size_t>(kRacesMax));
}

TEST_F(MongoStoreTest, ALeftoverOfAnOlderEpochIsReplacedBeforeAStepCounts) {
  server_.SetHandler([](const std::string& name, const View&) -> std::optional<Answer> {
    if (name == "insert") return WriteFailure(kDuplicateKeyCode, "E11000");
    if (name != "find") return std::nullopt;
    return Documents(ListOf(Held(Running(), NewObjectId())));
  });
  ASSERT_TRUE(store_->AppendStep("p1", 3, NewOf("a", "new")));
  const auto updates = server_.log("update");
  ASSERT_EQ(updates.size(), 2u);
  EXPECT_EQ(updates[0].view().Text("update"), "council-steps");
  EXPECT_EQ(FirstUpdate(updates[0]).Child("q")->Child("epoch")->Int("$lt"), 3);
  EXPECT_EQ(FirstUpdate(updates[0]).Child("u")->Text("text"), "new");
  EXPECT_EQ(FirstUpdate(updates[1]).Child("q")->Int("epoch"), 3);
  EXPECT_EQ(FirstUpdate(updates[1]).Child("u")->Child("$push")->Text("steps"),
            R"(["answer","a",0])");
}

TEST_F(MongoStoreTest, AStepThatIsNotCountedIsNotShown) {
  const prompt::Step counted = NewOf("a", "counted");
  const prompt::Step leftover = NewOf("b", "leftover");
  server_.SetHandler([&](const std::string& name, const View& command) -> std::optional<Answer> {
    if (name != "find") return std::nullopt;
    if (command.Text("find") == kSteps) {
      return Documents(ListOf(NewStep("p1", 3, leftover), NewStep("p1", 3, counted)));
    }
    Stored stored = Running();
    stored.steps = {StepKey(counted)};
    return Documents(ListOf(Held(stored, NewObjectId())));
  });
  const auto steps = store_->Steps("p1");
  ASSERT_TRUE(steps) << steps.error().message;
  ASSERT_EQ(steps->size(), 1u);
  EXPECT_EQ(steps->at(0).text, "counted");
}

TEST_F(MongoStoreTest, ALeaseSurvivesThePrimarySteppingDown) {
  server_.SetHandler([&](const std::string& name, const View&) -> std::optional<Answer> {
    if (name == "distinct") {
      return Reply(Document().Texts("values", std::vector<std::string>{"anna"}));
    }
    if (name == "update" && count_++ == 0) return Failure(kNotWritablePrimaryCode, "not primary");
    if (name != "find" || count_ > 0) return std::nullopt;
    Stored stored = Running();
    stored.prompt.status = Status::kPending;
    stored.lease_until = 0;
    return Documents(ListOf(Held(stored, NewObjectId())));
  });
  const auto lease = store_->LeaseNext("w", 60, 70);
  ASSERT_TRUE(lease) << lease.error().message;
  ASSERT_TRUE(*lease);
  EXPECT_EQ((*lease)->prompt.epoch, 4);
  EXPECT_EQ((*lease)->prompt.status, Status::kProcessing);
}

TEST_F(MongoStoreTest, TheOutboxIsBoundedInBytesButNeverEmpty) {
  const auto entries = [](size_t bytes) {
    return OutboxDocuments({{"p1", 1, "status", std::string(bytes, 'v')},
                            {"p1", 2, "status", std::string(bytes, 'v')}});
  };
  // Twenty events of which the first sixteen reach the limit, miss it by little, or pass it.
  constexpr size_t kPart = kOutboxBytesMax / 16;
  for (const auto& [bytes, count] :
       {std::pair<size_t, size_t>{1000, 20}, {kPart - 1, 16}, {kPart, 16}, {kPart + 1, 15}}) {
    std::vector<Document> documents;
    for (int i = 0; i < 10; ++i) {
      documents.push_back(
          Document().Text("_id", "p" + std::to_string(i)).Array("outbox", entries(bytes)));
    }
    server_.SetHandler([&](const std::string& name, const View&) -> std::optional<Answer> {
      if (name != "find") return std::nullopt;
      return Documents(documents);
    });
    const auto outbox = store_->Outbox();
    ASSERT_TRUE(outbox) << outbox.error().message;
    EXPECT_EQ(outbox->size(), count) << bytes;
  }
}

TEST_F(MongoStoreTest, PingAsksTheServer) {
  EXPECT_TRUE(store_->Ping());
  EXPECT_EQ(server_.log("ping").size(), 1u);
}

}  // namespace
}  // namespace mongo
