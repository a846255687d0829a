#include "edge/portal/spool/spool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "edge/portal/spool/temp_folder.h"
#include "lib/testing/fake_clock.h"

namespace spool {
namespace {

using Texts = std::vector<std::string>;
using base::Errc;

// Of a record whose value has `value_bytes`, as Take() makes it.
size_t FrameBytes(size_t value_bytes) {
  return kHeaderBytes + kFixedBytes + std::string_view("topic").size() + 1 + value_bytes;
}

class SpoolTest : public testing::Test {
 protected:
  std::unique_ptr<Spool> Open(SpoolOptions options = {}) {
    if (options.folder.empty()) options.folder = folder_.path() + "/deep/spool";
    auto spool = Spool::Open(options, clock_, log_);
    EXPECT_TRUE(spool) << spool.error().message;
    return spool ? *std::move(spool) : nullptr;
  }
  static base::Status Take(Spool& spool, std::string_view value, std::string_view key = "k") {
    return spool.Append({"topic", key, value});
  }
  // All that wait, which are removed.
  static Texts Drain(Spool& spool) {
    Texts values;
    while (const auto record = spool.Front()) {
      values.push_back(record->value);
      spool.RemoveFront(Removal::kSent);
    }
    return values;
  }
  // A spool of these files' bytes, in order.
  Texts DrainFiles(const Texts& files) {
    const TempFolder folder;
    for (size_t i = 0; i < files.size(); ++i) {
      std::string name = std::to_string(i + 1);
      WriteFile(folder.path() + "/" + std::string(20 - name.size(), '0') + name + ".spool",
                files[i]);
    }
    const auto spool = Open({.folder = folder.path()});
    Texts values = Drain(*spool);
    EXPECT_TRUE(Take(*spool, "more"));
    EXPECT_EQ(Drain(*spool), Texts{"more"});
    return values;
  }
  std::string SegmentOf(const Texts& values) {
    const TempFolder folder;
    const auto spool = Open({.folder = folder.path()});
    for (const std::string& value : values) EXPECT_TRUE(Take(*spool, value));
    return ReadFile(folder.Files(".spool").front());
  }
  size_t LogLines(std::string_view words) const {
    size_t count = 0;
    for (const std::string& line : lines_) count += line.find(words) != std::string::npos ? 1 : 0;
    return count;
  }
  Texts Files(const std::string& end) const {
    Texts names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path() + "/deep/spool")) {
      if (entry.path().extension() == end) names.push_back(entry.path().string());
    }
    return names;
  }

  TempFolder folder_;
  testing::FakeClock clock_;
  std::vector<std::string> lines_;
  base::Log log_{"otm-portal", base::LogLevel::kInfo, clock_,
                 [this](std::string_view line) { lines_.emplace_back(line); }};
};

TEST_F(SpoolTest, GivesBackInOrderWhatItTookAlsoAfterARestart) {
  auto spool = Open();
  for (const char* value : {"1", "2", "3"}) EXPECT_TRUE(Take(*spool, value));
  EXPECT_EQ(spool->Front()->value, "1");
  spool->RemoveFront(Removal::kSent);
  spool.reset();
  spool = Open();
  EXPECT_EQ(spool->stats().records, 2u);
  EXPECT_TRUE(Take(*spool, "4"));
  EXPECT_EQ(Drain(*spool), (Texts{"2", "3", "4"}));
  EXPECT_EQ(spool->stats().bytes, 0u);
  EXPECT_TRUE(Files(".spool").empty());
  EXPECT_FALSE(spool->Front());
}

TEST_F(SpoolTest, KnowsWhichKeysWaitAndSinceWhen) {
  const auto spool = Open();
  EXPECT_FALSE(spool->Holds("a"));
  EXPECT_TRUE(Take(*spool, "1", "a"));
  clock_.Advance(std::chrono::seconds(5));
  EXPECT_TRUE(Take(*spool, "2", "a"));
  EXPECT_EQ(spool->stats().oldest_ms, testing::kFakeClockStartMs);
  spool->RemoveFront(Removal::kSent);
  EXPECT_TRUE(spool->Holds("a"));
  EXPECT_EQ(spool->stats().oldest_ms, testing::kFakeClockStartMs + 5'000);
  spool->RemoveFront(Removal::kSent);
  EXPECT_FALSE(spool->Holds("a"));
  EXPECT_FALSE(spool->stats().oldest_ms);
  spool->RemoveFront(Removal::kSent);  // Nothing is there.
}

TEST_F(SpoolTest, TheNewestAreReadOldestFirst) {
  const auto spool = Open();
  for (const char* value : {"1", "2", "3"}) EXPECT_TRUE(Take(*spool, value));
  ASSERT_EQ(spool->Newest(2).size(), 2u);
  EXPECT_EQ(spool->Newest(2)[0].value, "2");
  EXPECT_EQ(spool->Newest(9).size(), 3u);
}

TEST_F(SpoolTest, AFileCutAtAnyByteGivesExactlyItsWholeRecords) {
  const Texts values{"one", "the second", "3", "and the last of them"};
  const std::string bytes = SegmentOf(values);
  std::vector<size_t> ends{0};
  for (const auto& value : values) ends.push_back(ends.back() + FrameBytes(value.size()));
  ASSERT_EQ(bytes.size(), ends.back());
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    const auto whole = std::ranges::upper_bound(ends, cut) - ends.begin() - 1;
    EXPECT_EQ(DrainFiles({bytes.substr(0, cut)}), Texts(values.begin(), values.begin() + whole))
        << cut;
  }
  EXPECT_GT(LogLines("spool.torn"), 0u);
  EXPECT_EQ(LogLines("spool.damaged"), 0u);
}

TEST_F(SpoolTest, ATornEndIsCutOffTheFileAtTheLastWholeRecord) {
  const std::string bytes = SegmentOf({"one", "two"});
  const TempFolder folder;
  const std::string file = folder.path() + "/00000000000000000007.spool";
  WriteFile(file, bytes.substr(0, bytes.size() - 1));
  const auto spool = Open({.folder = folder.path()});
  EXPECT_EQ(ReadFile(file), bytes.substr(0, FrameBytes(3)));
  EXPECT_TRUE(Take(*spool, "new"));
  EXPECT_EQ(Drain(*spool), (Texts{"one", "new"}));
}

TEST_F(SpoolTest, WhatWasAcknowledgedIsThereAfterAPowerCutThatLosesAllThatWasNotSynced) {
  std::atomic<bool> hold = false;
  std::promise<void> reached;
  std::promise<void> go;
  Disk disk;
  disk.sync = [&, gone = go.get_future().share()](int file) {
    if (hold.exchange(false)) {
      reached.set_value();
      gone.wait();
    }
    return fdatasync(file);
  };
  const auto spool = Open({.disk = disk});
  EXPECT_TRUE(Take(*spool, "one"));
  EXPECT_TRUE(Take(*spool, "two"));
  hold = true;
  std::jthread late([&] { EXPECT_TRUE(Take(*spool, "three")); });
  reached.get_future().wait();  // "three" is written, not synced, and nobody was told.
  const std::string bytes = ReadFile(Files(".spool").front());
  const size_t synced = 2 * FrameBytes(3);
  ASSERT_EQ(bytes.size(), synced + FrameBytes(5));
  for (size_t kept = synced; kept < bytes.size(); ++kept) {
    std::string after = bytes;
    std::fill(after.begin() + static_cast<std::ptrdiff_t>(kept), after.end(), '\0');
    const Texts torn = DrainFiles({bytes.substr(0, kept)});
    EXPECT_EQ(torn, (Texts{"one", "two"})) << kept;
    const Texts zeroed = DrainFiles({after});
    EXPECT_EQ(Texts(zeroed.begin(), zeroed.begin() + 2), (Texts{"one", "two"})) << kept;
  }
  EXPECT_EQ(spool->stats().records, 2u);
  go.set_value();
}

TEST_F(SpoolTest, DamageInTheMiddleIsKeptInAFileAndLoggedAndTheRestIsSent) {
  const std::string bytes = SegmentOf({"one", "two", "three"});
  std::string broken = bytes;
  broken[FrameBytes(3) + kHeaderBytes + kFixedBytes + 6] = 'X';  // The value "two".
  const TempFolder folder;
  WriteFile(folder.path() + "/00000000000000000001.spool", broken);
  {
    const auto spool = Open({.folder = folder.path()});
    EXPECT_EQ(LogLines("spool.damaged"), 1u);
    EXPECT_EQ(Drain(*spool), (Texts{"one", "three"}));
    EXPECT_EQ(spool->stats().damaged_bytes, bytes.size());
  }
  ASSERT_EQ(folder.Files(".bad").size(), 1u);
  EXPECT_NE(ReadFile(folder.Files(".bad")[0]).find("Xwo"), std::string::npos);
  EXPECT_TRUE(folder.Files(".spool").empty());
  const auto again = Open({.folder = folder.path()});
  EXPECT_EQ(again->stats().damaged_bytes, bytes.size());
  EXPECT_EQ(Drain(*again), Texts());
  EXPECT_TRUE(Take(*again, "new"));  // Under a number that is not the damaged one's.
  EXPECT_EQ(Drain(*again), Texts{"new"});
  EXPECT_EQ(folder.Files(".bad").size(), 1u);
}

TEST_F(SpoolTest, DamageAfterItWasTakenIsKeptAndPassedOver) {
  const auto spool = Open();
  EXPECT_TRUE(Take(*spool, "one"));
  EXPECT_TRUE(Take(*spool, "two"));
  const std::string path = Files(".spool").front();
  std::string bytes = ReadFile(path);
  bytes[FrameBytes(3) - 1] = 'X';
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file << bytes;
  }
  EXPECT_EQ(Drain(*spool), Texts{"two"});
  EXPECT_EQ(LogLines("spool.damaged"), 1u);
  EXPECT_EQ(Files(".bad").size(), 1u);
}

TEST_F(SpoolTest, WhatTheBusWillNeverTakeIsKeptInAFile) {
  const auto spool = Open();
  EXPECT_TRUE(Take(*spool, "one"));
  spool->RemoveFront(Removal::kRefused);
  EXPECT_FALSE(spool->Front());
  EXPECT_EQ(Files(".bad").size(), 1u);
}

TEST_F(SpoolTest, BytesAtAndOverTheLimit) {
  EXPECT_EQ(SpoolOptions().bytes_max, kSpoolBytesMax);
  const auto spool = Open({.bytes_max = 2 * FrameBytes(3)});
  EXPECT_TRUE(Take(*spool, "one"));
  EXPECT_EQ(Take(*spool, "four").error().code, Errc::kUnavailable);
  EXPECT_TRUE(Take(*spool, "two"));
  const auto full = Take(*spool, "");
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Errc::kUnavailable);
  EXPECT_NE(full.error().message.find("is full: 2 messages wait"), std::string::npos);
  EXPECT_EQ(Drain(*spool), (Texts{"one", "two"}));
  EXPECT_TRUE(Take(*spool, "new"));
}

TEST_F(SpoolTest, RecordsAtAndOverTheLimit) {
  EXPECT_EQ(SpoolOptions().records_max, kSpoolRecordsMax);
  const auto spool = Open({.records_max = 2});
  EXPECT_TRUE(Take(*spool, "1"));
  EXPECT_TRUE(Take(*spool, "2"));
  EXPECT_EQ(Take(*spool, "3").error().code, Errc::kUnavailable);
  spool->RemoveFront(Removal::kSent);
  EXPECT_TRUE(Take(*spool, "3"));
}

TEST_F(SpoolTest, DamagedFilesCountUntilSomebodyTakesThemAway) {
  const auto spool = Open({.bytes_max = FrameBytes(3)});
  EXPECT_TRUE(Take(*spool, "one"));
  spool->RemoveFront(Removal::kRefused);
  const auto full = Take(*spool, "two");
  ASSERT_FALSE(full);
  EXPECT_NE(full.error().message.find("*.bad"), std::string::npos);
  std::filesystem::remove(Files(".bad").front());
  EXPECT_TRUE(Take(*spool, "two"));
}

TEST_F(SpoolTest, AFullSegmentIsFollowedByANewOneAndGoesWhenItIsSent) {
  const auto spool = Open({.segment_bytes = 2 * FrameBytes(1)});
  for (const char* value : {"1", "2", "3", "4", "5"}) EXPECT_TRUE(Take(*spool, value));
  EXPECT_EQ(Files(".spool").size(), 3u);
  spool->RemoveFront(Removal::kSent);
  EXPECT_EQ(Files(".spool").size(), 3u);
  spool->RemoveFront(Removal::kSent);
  EXPECT_EQ(Files(".spool").size(), 2u);
  EXPECT_EQ(spool->stats().bytes, 3 * FrameBytes(1));
  EXPECT_EQ(Drain(*spool), (Texts{"3", "4", "5"}));
}

TEST_F(SpoolTest, AFullDiskRefusesAndLeavesWhatIsThere) {
  std::atomic<size_t> room = FrameBytes(3) + 10;
  Disk disk;
  disk.write = [&](int file, const void* bytes, size_t size, off_t at) -> ssize_t {
    const size_t fits = std::min<size_t>(room, size);
    room -= fits;
    if (fits > 0) return pwrite(file, bytes, fits, at);
    errno = ENOSPC;
    return -1;
  };
  auto spool = Open({.disk = disk});
  EXPECT_TRUE(Take(*spool, "one"));
  const auto full = Take(*spool, "two");
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Errc::kUnavailable);
  EXPECT_NE(full.error().message.find("make room on it"), std::string::npos);
  room = 1000;
  EXPECT_TRUE(Take(*spool, "three"));
  spool.reset();
  EXPECT_EQ(Drain(*Open()), (Texts{"one", "three"}));
}

TEST_F(SpoolTest, AFailedSyncAcceptsNothingAndTheNextOneGoesElsewhere) {
  std::atomic<bool> fails = false;
  Disk disk;
  disk.sync = [&](int file) {
    if (!fails.exchange(false)) return fdatasync(file);
    errno = EIO;
    return -1;
  };
  auto spool = Open({.disk = disk});
  EXPECT_TRUE(Take(*spool, "one"));
  fails = true;
  const auto refused = Take(*spool, "two");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("replace it"), std::string::npos);
  EXPECT_TRUE(Take(*spool, "three"));
  EXPECT_EQ(Files(".spool").size(), 2u);
  spool.reset();
  EXPECT_EQ(Drain(*Open()), (Texts{"one", "three"}));
}

TEST_F(SpoolTest, AFolderThatCannotBeSyncedAcceptsNothing) {
  std::atomic<bool> fails = true;
  Disk disk;
  disk.sync_folder = [&](int folder) {
    if (!fails) return fsync(folder);
    errno = EROFS;
    return -1;
  };
  const auto spool = Open({.disk = disk});
  const auto refused = Take(*spool, "one");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("read-only"), std::string::npos);
  EXPECT_TRUE(Files(".spool").empty());
  fails = false;
  EXPECT_TRUE(Take(*spool, "one"));
}

TEST_F(SpoolTest, ManyAtOnceShareASyncAndAreAllThere) {
  constexpr int kThreads = 8;
  std::atomic<int> written = 0;
  std::atomic<int> syncs = 0;
  std::promise<void> all_written;
  Disk disk;
  disk.write = [&](int file, const void* bytes, size_t size, off_t at) {
    const ssize_t count = pwrite(file, bytes, size, at);
    if (++written == kThreads) all_written.set_value();
    return count;
  };
  disk.sync = [&, wait = all_written.get_future().share()](int file) {
    if (syncs++ == 0) wait.wait();
    return fdatasync(file);
  };
  const auto spool = Open({.disk = disk});
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] { EXPECT_TRUE(Take(*spool, std::to_string(i))); });
    }
  }
  EXPECT_EQ(syncs, 2);  // The first one's own, and one for all the others.
  EXPECT_EQ(spool->stats().records, size_t{kThreads});
}

TEST_F(SpoolTest, WhatIsTakenTogetherFailsTogether) {
  constexpr int kThreads = 3;
  std::atomic<int> written = 0;
  std::promise<void> all_written;
  Disk disk;
  disk.write = [&](int file, const void* bytes, size_t size, off_t at) {
    const ssize_t count = pwrite(file, bytes, size, at);
    if (++written == kThreads) all_written.set_value();
    return count;
  };
  disk.sync = [&, wait = all_written.get_future().share()](int) {
    wait.wait();
    errno = EIO;
    return -1;
  };
  const auto spool = Open({.disk = disk});
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] { EXPECT_FALSE(Take(*spool, "value")); });
    }
  }
  EXPECT_EQ(spool->stats().records, 0u);
  EXPECT_EQ(spool->stats().bytes, 0u);
  EXPECT_TRUE(Files(".spool").empty());
}

TEST_F(SpoolTest, AFolderHasOneOwner) {
  const auto spool = Open();
  const auto second = Spool::Open({.folder = folder_.path() + "/deep/spool"}, clock_, log_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kConflict);
  EXPECT_NE(second.error().message.find("--spool"), std::string::npos);
}

TEST_F(SpoolTest, AFolderThatCannotBeMadeIsNamedWithWhatToDo) {
  WriteFile(folder_.path() + "/file", "");
  const auto refused = Spool::Open({.folder = folder_.path() + "/file/spool"}, clock_, log_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kUnavailable);
  EXPECT_NE(refused.error().message.find("/file/spool: Not a directory"), std::string::npos);
  EXPECT_NE(refused.error().message.find("--spool"), std::string::npos);
}

TEST_F(SpoolTest, ForeignFilesAreLeftAlone) {
  std::filesystem::create_directories(folder_.path() + "/deep/spool");
  const std::string foreign = folder_.path() + "/deep/spool/notes.spool";
  WriteFile(foreign, "mine");
  const auto spool = Open();
  EXPECT_TRUE(Take(*spool, "one"));
  EXPECT_EQ(Drain(*spool), Texts{"one"});
  EXPECT_EQ(ReadFile(foreign), "mine");
}

TEST_F(SpoolTest, AMessageOverTheLimitIsRefused) {
  const auto spool = Open();
  EXPECT_EQ(Take(*spool, std::string(prompt::kMessageBytesMax + 1, 'x')).error().code,
            Errc::kInvalid);
  EXPECT_TRUE(Take(*spool, std::string(prompt::kMessageBytesMax - 1, 'x')));
  EXPECT_EQ(Drain(*spool)[0].size(), prompt::kMessageBytesMax - 1);
}

}  // namespace
}  // namespace spool
