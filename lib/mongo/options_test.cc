#include "lib/mongo/options.h"

#include <gtest/gtest.h>

#include <fstream>

#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/mongo/client.h"

namespace mongo {
namespace {

base::Result<MongoOptions> Load(const std::vector<std::string>& environment,
                                std::string* printed = nullptr) {
  MongoOptions options;
  base::Config config("otm-council");
  config.SetDefaultFile("");
  Declare(config, options);
  const auto loaded = config.Load({}, environment);
  if (!loaded) return std::unexpected(loaded.error());
  if (printed != nullptr) *printed = config.Print();
  return options;
}

TEST(Declare, TakesTheOriginalsNameAndOurs) {
  EXPECT_EQ(Load({"BACKEND_MONGO_URL=mongodb://a:b@db:27017"})->url, "mongodb://a:b@db:27017");
  EXPECT_EQ(Load({"OTM_MONGO_URL=mongodb://c"})->url, "mongodb://c");
  EXPECT_EQ(Load({})->url, "mongodb://127.0.0.1:27017");
}

TEST(Declare, NeverPrintsUrlOrPassword) {
  std::string printed;
  ASSERT_TRUE(Load({"OTM_MONGO_URL=mongodb://a:s3cret@db", "OTM_MONGO_PASSWORD=hidd3n"}, &printed));
  EXPECT_EQ(printed.find("s3cret"), std::string::npos) << printed;
  EXPECT_EQ(printed.find("hidd3n"), std::string::npos) << printed;
}

TEST(Declare, ReadsThePasswordFromAFile) {
  const std::string path = std::string(::testing::TempDir()) + "/password";
  std::ofstream(path) << "s3cret\n";
  EXPECT_EQ(Load({"OTM_MONGO_PASSWORD_FILE=" + path})->password, "s3cret");
}

TEST(Declare, BoundsPoolAndTime) {
  EXPECT_FALSE(Load({"OTM_MONGO_POOL=0"}));
  EXPECT_EQ(Load({"OTM_MONGO_POOL=1"})->pool_size, 1);
  EXPECT_EQ(Load({"OTM_MONGO_POOL=200"})->pool_size, kPoolSizeMax);
  EXPECT_FALSE(Load({"OTM_MONGO_POOL=201"}));
  EXPECT_FALSE(Load({"OTM_MONGO_TIMEOUT=99ms"}));
  EXPECT_TRUE(Load({"OTM_MONGO_TIMEOUT=100ms"}));
  EXPECT_TRUE(Load({"OTM_MONGO_TIMEOUT=1m"}));
  EXPECT_FALSE(Load({"OTM_MONGO_TIMEOUT=61s"}));
}

base::Result<std::unique_ptr<Client>> Open(const MongoOptions& options) {
  static const base::SystemClock clock;
  return Client::Open(options, clock);
}

TEST(Open, RefusesABadUrlWithoutTellingIt) {
  for (const std::string url : {"", "db:27017", "http://db", "mongodb://", "mongodb://a:s3cret@",
                                "mongodb+srv://a:s3cret@b", "mongodb://a:s3cret:x@b"}) {
    const auto client = Open({.url = url});
    ASSERT_FALSE(client) << url;
    EXPECT_EQ(client.error().code, base::Errc::kInvalid);
    EXPECT_EQ(client.error().message.find("s3cret"), std::string::npos);
    EXPECT_NE(client.error().message.find("write it as mongodb://"), std::string::npos);
  }
}

TEST(Open, NamesHostsAndDatabaseButNotTheLogin) {
  const auto client = Open({.url = "mongodb://a:s3cret@db1:27017,db2:27018/home?replicaSet=rs0"});
  ASSERT_TRUE(client) << client.error().message;
  EXPECT_EQ((*client)->who(), "mongodb at db1:27017,db2:27018");
  EXPECT_EQ((*client)->database(), "home");
  EXPECT_EQ((*Open({.url = "mongodb://db"}))->database(), "otm-home");
}

TEST(Open, RefusesAPasswordWithoutAUser) {
  EXPECT_FALSE(Open({.url = "mongodb://db", .password = "x"}));
  EXPECT_TRUE(Open({.url = "mongodb://db", .user = "a", .password = "x"}));
  EXPECT_TRUE(Open({.url = "mongodb://a@db", .password = "x"}));
}

}  // namespace
}  // namespace mongo
