#include "lib/sqlite/database.h"

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "lib/sqlite/schema.h"
#include "lib/sqlite/temp_data.h"

namespace sqlite {
namespace {

using base::Errc;

constexpr base::Duration kPatience = std::chrono::seconds(60);

// Runs `work` in a thread that obeys file modes, also where the test is run by root.
void WithoutRootsPowers(const std::function<void()>& work) {
  std::jthread([&] {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> none{};
    ASSERT_EQ(syscall(SYS_capset, &header, none.data()), 0);
    work();
  }).join();
}

class DatabaseTest : public ::testing::Test {
 protected:
  base::Result<std::unique_ptr<Database>> TryOpen(const std::string& boot_id = "boot1") {
    return Database::Open({.path = data_.file(), .timeout = kPatience, .boot_id = boot_id}, clock_);
  }
  std::unique_ptr<Database> Open(const std::string& boot_id = "boot1") {
    auto database = TryOpen(boot_id);
    EXPECT_TRUE(database) << database.error().message;
    return *std::move(database);
  }

  // Adds a topic with this name; the tables are there, and rows are rows.
  static base::Status Add(Database& database, const std::string& name, Sync sync = Sync::kNow) {
    return database.Write(sync, kPatience, [&](Connection& connection) {
      return connection.Run("INSERT INTO topics (name) VALUES (?1)", {name});
    });
  }
  static int64_t Count(Database& database) {
    const auto count = database.Read(
        [](Connection& connection) { return connection.Number("SELECT count(*) FROM topics"); });
    EXPECT_TRUE(count);
    return count.value_or(-1);
  }

  // As after a power cut: nobody marked a clean end.
  void Unmark() {
    auto connection = *Connection::Open(data_.file(), Access::kReadWrite);
    ASSERT_TRUE(connection->Execute("UPDATE meta SET value = '0' WHERE name = 'clean'"));
  }

  TempData data_;
  base::SystemClock clock_;
};

TEST_F(DatabaseTest, TheFileIsPrivate) {
  Open();
  struct stat status{};
  ASSERT_EQ(stat(data_.file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(DatabaseTest, AWriteThatFailsChangesNothing) {
  const auto database = Open();
  const auto failed =
      database->Write(Sync::kNow, kPatience, [](Connection& connection) -> base::Status {
        RETURN_IF_ERROR(connection.Run("INSERT INTO topics (name) VALUES ('a')"));
        return base::Fail(Errc::kConflict, "changed my mind");
      });
  EXPECT_EQ(failed.error().code, Errc::kConflict);
  EXPECT_EQ(Count(*database), 0);
  EXPECT_TRUE(Add(*database, "b"));
  EXPECT_EQ(Count(*database), 1);
}

TEST_F(DatabaseTest, EachWriteIsSyncedAsAskedFor) {
  const auto database = Open();
  for (const auto& [sync, level] :
       {std::pair{Sync::kNow, 2}, {Sync::kLater, 1}, {Sync::kLater, 1}, {Sync::kNow, 2}}) {
    const auto found = database->Write(sync, kPatience, [](Connection& connection) {
      return connection.Number("PRAGMA synchronous");
    });
    EXPECT_EQ(*found, level);
  }
}

TEST_F(DatabaseTest, ReadingGoesOnBesideAWriteAndSeesOneView) {
  const auto database = Open();
  const auto seen =
      database->Write(Sync::kNow, kPatience, [&](Connection& connection) -> base::Result<int64_t> {
        RETURN_IF_ERROR(connection.Run("INSERT INTO topics (name) VALUES ('a')"));
        return Count(*database);
      });
  EXPECT_EQ(*seen, 0);
  EXPECT_EQ(Count(*database), 1);
}

TEST_F(DatabaseTest, AWriterThatGetsNoTurnInTimeIsUnavailable) {
  const auto database = Open();
  const auto blocked =
      database->Write(Sync::kNow, kPatience, [&](Connection&) -> base::Result<Errc> {
        const auto second = database->Write(Sync::kNow, std::chrono::milliseconds(1),
                                            [](Connection&) { return base::Status(); });
        return second ? Errc::kInternal : second.error().code;
      });
  EXPECT_EQ(*blocked, Errc::kUnavailable);
}

TEST_F(DatabaseTest, AFullDiskIsUnavailableLosesNothingAndIsOverWhenThereIsSpace) {
  const auto database = Open();
  ASSERT_TRUE(database->LimitPages(60));
  int64_t stored = 0;
  base::Status status;
  while ((status = Add(*database, std::string(8000, 'x') + std::to_string(stored)))) ++stored;
  EXPECT_EQ(status.error().code, Errc::kUnavailable);
  EXPECT_NE(status.error().message.find("free some space on this disk"), std::string::npos)
      << status.error().message;
  EXPECT_GT(stored, 0);
  EXPECT_EQ(Count(*database), stored);
  ASSERT_TRUE(database->LimitPages(1000));
  EXPECT_TRUE(Add(*database, "there is space again"));
  EXPECT_EQ(Count(*database), stored + 1);
}

TEST_F(DatabaseTest, TheLogOfWritesStaysBounded) {
  const auto database = Open();
  constexpr int kWrites = 3 * kWalPagesMax;
  const std::string name(kPageBytes, 'x');
  for (int i = 0; i < kWrites; ++i) {
    ASSERT_TRUE(Add(*database, name + std::to_string(i), i % 100 == 0 ? Sync::kNow : Sync::kLater));
  }
  EXPECT_LE(std::filesystem::file_size(data_.file() + "-wal"),
            size_t{4} * kWalPagesMax * kPageBytes);
}

TEST_F(DatabaseTest, AMissingDirectoryIsUnavailable) {
  const auto database = Database::Open({.path = data_.directory() + "/none/x.db"}, clock_);
  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().code, Errc::kUnavailable);
}

TEST_F(DatabaseTest, ADirectoryThatIsNotWritableIsUnavailableAndSaysWhatToDo) {
  ASSERT_EQ(chmod(data_.directory().c_str(), 0500), 0);
  WithoutRootsPowers([&] {
    const auto database = TryOpen();
    ASSERT_FALSE(database);
    EXPECT_EQ(database.error().code, Errc::kUnavailable);
    EXPECT_NE(database.error().message.find("make it writable"), std::string::npos)
        << database.error().message;
  });
  ASSERT_EQ(chmod(data_.directory().c_str(), 0700), 0);
}

TEST_F(DatabaseTest, AReadOnlyFileIsUnavailableAndSaysWhatToDo) {
  Open();
  ASSERT_EQ(chmod(data_.file().c_str(), 0400), 0);
  WithoutRootsPowers([&] {
    const auto database = TryOpen();
    ASSERT_FALSE(database);
    EXPECT_EQ(database.error().code, Errc::kUnavailable);
    EXPECT_NE(database.error().message.find("writable for this user"), std::string::npos)
        << database.error().message;
  });
  ASSERT_EQ(chmod(data_.file().c_str(), 0600), 0);
  EXPECT_TRUE(TryOpen());
}

TEST_F(DatabaseTest, AFileThatIsNoDatabaseIsInternalAndKept) {
  const std::string precious(10'000, 'p');
  std::ofstream(data_.file()) << precious;
  const auto database = TryOpen();
  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().code, Errc::kInternal);
  EXPECT_NE(database.error().message.find("restore a backup"), std::string::npos);
  EXPECT_EQ(std::filesystem::file_size(data_.file()), precious.size());
}

TEST_F(DatabaseTest, ADamagedFileIsInternalAndDoesNotEndTheProcess) {
  {
    const auto database = Open();
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(Add(*database, std::string(1000, 'x') + std::to_string(i), Sync::kLater));
    }
  }
  {
    std::fstream file(data_.file(), std::ios::in | std::ios::out | std::ios::binary);
    const auto size = std::filesystem::file_size(data_.file());
    for (size_t at = 2 * kPageBytes; at + kPageBytes <= size; at += kPageBytes) {
      file.seekp(static_cast<std::streamoff>(at));
      file << std::string(64, '\xA5');
    }
  }
  auto database = TryOpen();
  auto status = database ? Add(**database, "y") : base::Status(std::unexpected(database.error()));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::kInternal) << status.error().message;
}

TEST_F(DatabaseTest, TheEpochStaysOverACleanRestartAlsoOfTheMachine) {
  const std::string epoch = Open()->epoch();
  EXPECT_FALSE(epoch.empty());
  EXPECT_EQ(Open()->epoch(), epoch);
  EXPECT_EQ(Open("boot2")->epoch(), epoch);
}

TEST_F(DatabaseTest, TheEpochStaysWhenOnlyTheProcessWasKilled) {
  const std::string epoch = Open()->epoch();
  Unmark();
  EXPECT_EQ(Open("boot1")->epoch(), epoch);
}

TEST_F(DatabaseTest, TheEpochChangesAfterAPowerCut) {
  const std::string epoch = Open()->epoch();
  Unmark();
  EXPECT_NE(Open("boot2")->epoch(), epoch);
}

TEST_F(DatabaseTest, TheEpochChangesWithANewOrCopiedFile) {
  const std::string epoch = Open()->epoch();
  const std::string copy = data_.directory() + "/copy.db";
  std::filesystem::copy_file(data_.file(), copy);
  const auto copied = Database::Open({.path = copy, .boot_id = "boot1"}, clock_);
  ASSERT_TRUE(copied);
  EXPECT_NE((*copied)->epoch(), epoch);
  std::filesystem::remove(data_.file());
  EXPECT_NE(Open()->epoch(), epoch);
}

TEST_F(DatabaseTest, ManyThreadsWriteInTurn) {
  const auto database = Open();
  constexpr int kThreads = 4, kEach = 25;
  std::atomic<int> failures = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kEach; ++i) {
          const std::string name = std::to_string(t) + "." + std::to_string(i);
          if (!Add(*database, name, i % 2 == 0 ? Sync::kNow : Sync::kLater)) ++failures;
          Count(*database);
        }
      });
    }
  }
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(Count(*database), kThreads * kEach);
}

TEST_F(DatabaseTest, AGuestUsesTheFileOfTheOwnerAndLeavesItsEpochAndMarksAlone) {
  const auto as_guest = [&] {
    return Database::Open({.path = data_.file(), .role = Role::kGuest, .timeout = kPatience},
                          clock_);
  };
  const auto none = as_guest();
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Errc::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(data_.file()));
  std::string epoch;
  {
    const auto owner = Open("boot1");
    epoch = owner->epoch();
    {
      const auto guest = as_guest();
      ASSERT_TRUE(guest) << guest.error().message;
      EXPECT_EQ((*guest)->epoch(), epoch);
      ASSERT_TRUE(Add(**guest, "of the guest"));
      ASSERT_TRUE(Add(*owner, "of the owner"));
      EXPECT_EQ(Count(**guest), 2);
    }
    EXPECT_EQ(Count(*owner), 2);
    const auto is_clean = owner->Read([](Connection& connection) {
      return connection.Number("SELECT value FROM meta WHERE name = 'clean'");
    });
    EXPECT_EQ(is_clean.value_or(-1), 0) << "the owner still works";
  }
  ASSERT_TRUE(as_guest());
  EXPECT_EQ(Open("boot2")->epoch(), epoch) << "its end was clean";
}

TEST_F(DatabaseTest, AGuestMigratesNothing) {
  {
    auto connection = *Connection::Open(data_.file(), Access::kReadWrite);
    ASSERT_TRUE(MigrateTo(*connection, kSchemaVersion - 1));
  }
  const auto guest = Database::Open({.path = data_.file(), .role = Role::kGuest}, clock_);
  ASSERT_FALSE(guest);
  EXPECT_EQ(guest.error().code, Errc::kConflict);
  EXPECT_TRUE(guest.error().message.contains("start otm-home")) << guest.error().message;
}

}  // namespace
}  // namespace sqlite
