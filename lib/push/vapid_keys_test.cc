#include "lib/push/vapid_keys.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "lib/push/p256_key.h"
#include "lib/testing/memory_subscriptions.h"

namespace push {
namespace {

using base::Errc;

class VapidKeysTest : public ::testing::Test {
 protected:
  std::string File(const std::string& name) const { return folder_ + "/" + name; }

  static std::string Point(VapidKeys& keys) {
    const auto key = keys.Get();
    EXPECT_TRUE(key) << key.error().message;
    return key ? (*key)->public_point() : "";
  }

  static Errc ErrorOf(VapidKeys& keys) {
    const auto key = keys.Get();
    EXPECT_FALSE(key);
    return key ? Errc::kInternal : key.error().code;
  }

  void SetUp() override {
    folder_ = ::testing::TempDir() + "/" +
              ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }

  std::string folder_;
  testing::MemorySubscriptions store_;
};

TEST_F(VapidKeysTest, AllWhoShareAStoreSignWithOneKey) {
  VapidKeys one(store_, ""), two(store_, "");
  EXPECT_EQ(Point(one), Point(two));
  EXPECT_EQ(Point(one).size(), kPointBytes);
}

TEST_F(VapidKeysTest, TheFileIsMadeOfTheKeyInUseAndOnlyTheOwnerReadsIt) {
  VapidKeys without(store_, "");
  const std::string point = Point(without);
  VapidKeys with(store_, File("key"));
  EXPECT_EQ(Point(with), point);
  struct stat about{};
  ASSERT_EQ(stat(File("key").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1) << "no rest";
  testing::MemorySubscriptions lost;
  VapidKeys after(lost, File("key"));
  EXPECT_EQ(Point(after), point) << "the key outlives the store";
}

TEST_F(VapidKeysTest, AFileWithAnotherKeyThanTheStoresIsRefusedAndKept) {
  VapidKeys without(store_, "");
  Point(without);
  ASSERT_TRUE(WriteKeyFile(File("key"), P256Key::MakePrivate().value()));
  const std::string scalar = **ReadKeyFile(File("key"));
  VapidKeys with(store_, File("key"));
  EXPECT_EQ(ErrorOf(with), Errc::kInvalid);
  EXPECT_EQ(**ReadKeyFile(File("key")), scalar);
  EXPECT_EQ(WriteKeyFile(File("key"), scalar).error().code, Errc::kConflict);
}

TEST_F(VapidKeysTest, AFileThatOthersMayReadOrThatHoldsNoKeyIsRefused) {
  ASSERT_TRUE(WriteKeyFile(File("open"), P256Key::MakePrivate().value()));
  ASSERT_EQ(chmod(File("open").c_str(), 0640), 0);
  std::ofstream(File("short")) << "AAAA\n";
  std::ofstream(File("zero")) << std::string(43, 'A') << "\n";
  std::ofstream(File("long")) << std::string(1000, 'A');
  for (const char* name : {"short", "zero", "long"}) chmod(File(name).c_str(), 0600);
  for (const char* name : {"open", "short", "zero", "long"}) {
    VapidKeys keys(store_, File(name));
    EXPECT_EQ(ErrorOf(keys), Errc::kInvalid) << name;
  }
  EXPECT_FALSE(*store_.Key());
  VapidKeys nowhere(store_, File("no/such/folder"));
  EXPECT_EQ(ErrorOf(nowhere), Errc::kUnavailable);
}

TEST_F(VapidKeysTest, WhileTheStoreIsAwayThereIsNoKeyAndThenThereIs) {
  store_.faults().Break({Errc::kUnavailable, "the store is away"});
  VapidKeys keys(store_, "");
  EXPECT_EQ(ErrorOf(keys), Errc::kUnavailable);
  store_.faults().Heal();
  const std::string point = Point(keys);
  store_.faults().Break({Errc::kUnavailable, "the store is away"});
  EXPECT_EQ(Point(keys), point);
}

}  // namespace
}  // namespace push
