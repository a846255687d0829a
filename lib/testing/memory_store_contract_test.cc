#include "lib/testing/contract/store.h"
#include "lib/testing/memory_store.h"

namespace testing {
namespace {

class MemoryStoreHarness final : public StoreHarness {
 public:
  prompt::Store& store() override { return store_; }
  void Break() override { store_.faults().Break({base::Errc::kUnavailable, "the store is down"}); }
  void Heal() override { store_.faults().Heal(); }
  void Reopen() override {}

 private:
  MemoryStore store_;
};

INSTANTIATE_TEST_SUITE_P(Memory, StoreContract, Values([]() -> std::unique_ptr<StoreHarness> {
                           return std::make_unique<MemoryStoreHarness>();
                         }));

TEST(MemoryStore, AFailureIsTakenOnceAndMayHaveHadItsEffect) {
  MemoryStore store;
  prompt::Prompt prompt;
  prompt.id = "p1";
  prompt.text = "q";
  store.faults().FailNext("InsertIfAbsent", {base::Errc::kUnavailable, "cut"});
  store.faults().FailNext("InsertIfAbsent", {base::Errc::kUnavailable, "cut"}, Effect::kDone);
  EXPECT_FALSE(store.InsertIfAbsent(prompt));
  EXPECT_FALSE(store.Load("p1"));
  EXPECT_FALSE(store.InsertIfAbsent(prompt));
  EXPECT_TRUE(store.Load("p1"));
  EXPECT_EQ(*store.InsertIfAbsent(prompt), prompt::Inserted::kSame);
}

}  // namespace
}  // namespace testing
