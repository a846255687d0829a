#include "lib/prompt/record.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <vector>

namespace prompt {
namespace {

Record Full() {
  Record record;
  record.prompt.id = "p1";
  record.prompt.verdict = Verdict();
  record.prompt.discussion_ms = 1;
  record.steps.emplace_back();
  record.outbox.push_back({"p1", 1, "topic", "{}"});
  return record;
}

TEST(HashOf, ChangesWithEveryPartOfARecord) {
  const std::vector<std::function<void(Record&)>> changes = {
      [](Record&) {},
      [](Record& r) { r.prompt.id = "p2"; },
      [](Record& r) { r.prompt.user = "anna"; },
      [](Record& r) { r.prompt.text = "anna"; },
      [](Record& r) { r.prompt.preset = "x"; },
      [](Record& r) { r.prompt.answer = "x"; },
      [](Record& r) { r.prompt.error = "x"; },
      [](Record& r) { r.prompt.cache_key = "x"; },
      [](Record& r) { r.prompt.status = Status::kFailed; },
      [](Record& r) { r.prompt.created_ms = 1; },
      [](Record& r) { r.prompt.updated_ms = 1; },
      [](Record& r) { r.prompt.epoch = 1; },
      [](Record& r) { r.prompt.seq = 1; },
      [](Record& r) { r.prompt.discussion_ms.reset(); },
      [](Record& r) { r.prompt.processing_ms = 1; },
      [](Record& r) { r.prompt.verdict.reset(); },
      [](Record& r) { r.prompt.verdict->share = 0.5; },
      [](Record& r) { r.tries = 1; },
      [](Record& r) { r.lease_owner = "w"; },
      [](Record& r) { r.lease_until_ms = 1; },
      [](Record& r) { r.steps.clear(); },
      [](Record& r) { r.steps[0].text = "x"; },
      [](Record& r) { r.steps[0].seed = 1; },
      [](Record& r) { r.outbox.clear(); },
      [](Record& r) { r.outbox[0].value = "{ }"; },
  };
  std::set<std::string> hashes;
  for (const auto& change : changes) {
    Record record = Full();
    change(record);
    hashes.insert(HashOf(record));
  }
  EXPECT_EQ(hashes.size(), changes.size());
  EXPECT_EQ(HashOf(Full()), HashOf(Full()));
}

TEST(HashText, IsSha256) {
  EXPECT_EQ(HashText("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace prompt
