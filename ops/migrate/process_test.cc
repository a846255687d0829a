#include "ops/migrate/process.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/sqlite/data_lock.h"
#include "lib/sqlite/database.h"
#include "lib/testing/fake_http.h"
#include "ops/command.h"

namespace ops {
namespace {

class MigrateProcessTest : public ::testing::Test {
 protected:
  MigrateProcessTest() : http_(clock_) {
    std::string path = ::testing::TempDir() + "/data.XXXXXX";
    data_ = mkdtemp(path.data());
  }
  ~MigrateProcessTest() override { std::filesystem::remove_all(data_); }

  int Run(const std::vector<std::string>& args) {
    const CommandParts parts{
        .environment = {"OTM_MONGO_URL=mongodb://otm:s3cret@127.0.0.1:9", "OTM_MONGO_TIMEOUT=1s"},
        .clock = clock_,
        .http = http_,
        .out = [this](std::string_view text) { out_ += text; },
        .error = [this](std::string_view text) { error_ += text; }};
    return Migrate(args, parts);
  }

  base::SystemClock clock_;
  testing::FakeHttp http_;
  std::string data_;
  std::string out_;
  std::string error_;
};

TEST_F(MigrateProcessTest, SaysHowItIsUsed) {
  EXPECT_EQ(Run({}), 64);
  EXPECT_TRUE(error_.contains("Name its folder with --data")) << error_;
  EXPECT_EQ(Run({"--data", "x", "--upgrade"}), 64);
  EXPECT_EQ(Run({"--datta", "x"}), 64);
  EXPECT_TRUE(error_.contains("did you mean --data?")) << error_;
  EXPECT_EQ(Run({"--help"}), 0);
  EXPECT_TRUE(out_.contains("stop otm-home first")) << out_;
}

TEST_F(MigrateProcessTest, AFolderWithoutDataIsNamedAndNotMade) {
  EXPECT_EQ(Run({"--data", data_ + "/none"}), 66);
  EXPECT_TRUE(error_.contains("/none/otm-home.db")) << error_;
  EXPECT_FALSE(std::filesystem::exists(data_ + "/none"));
}

TEST_F(MigrateProcessTest, RefusesDataThatAProcessHolds) {
  ASSERT_TRUE(sqlite::Database::Open({.path = data_ + "/otm-home.db"}, clock_));
  const auto lock = sqlite::DataLock::Take(data_);
  ASSERT_TRUE(lock);
  EXPECT_EQ(Run({"--data", data_}), 73);
  EXPECT_TRUE(error_.contains("process")) << error_;
}

TEST_F(MigrateProcessTest, AServerThatIsAwayIsNamedWithoutItsPassword) {
  ASSERT_TRUE(sqlite::Database::Open({.path = data_ + "/otm-home.db"}, clock_));
  EXPECT_EQ(Run({"--data", data_}), 69);
  EXPECT_TRUE(error_.contains("mongodb at 127.0.0.1:9")) << error_;
  EXPECT_FALSE(error_.contains("s3cret")) << error_;
}

TEST_F(MigrateProcessTest, AnUpgradeNeedsNoFolderButItsServer) {
  EXPECT_EQ(Run({"--upgrade"}), 69);
  EXPECT_TRUE(error_.contains("127.0.0.1:9")) << error_;
  EXPECT_FALSE(error_.contains("s3cret")) << error_;
}

}  // namespace
}  // namespace ops
