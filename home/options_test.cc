#include "home/options.h"

#include <gtest/gtest.h>

#include <vector>

namespace home {
namespace {

struct Case {
  const char* what;
  const char* text;
  bool good;
};

TEST(Options, OnlyLoopbackAddressesAreTakenWhileThereAreNoAccounts) {
  for (const Case& c : {
           Case{"the default", "127.0.0.1", true},
           Case{"all of 127/8", "127.255.0.9", true},
           Case{"version 6", "::1", true},
           Case{"everybody", "0.0.0.0", false},
           Case{"everybody, version 6", "::", false},
           Case{"this network", "192.168.1.150", false},
           Case{"mapped", "::ffff:192.168.1.150", false},
           Case{"a name", "localhost", false},
           Case{"below", "126.255.255.255", false},
           Case{"above", "128.0.0.0", false},
           Case{"nothing", "", false},
       }) {
    EXPECT_EQ(CheckAddress(c.text).has_value(), c.good) << c.what;
  }
}

TEST(Options, AModelIsAWordOrAUrl) {
  for (const Case& c : {
           Case{"auto", "auto", true},
           Case{"sim", "sim", true},
           Case{"a URL", "http://192.168.1.100:11434", true},
           Case{"another word", "gpt", false},
           Case{"a model's name", "gemma3:4b", false},
           Case{"nothing", "", false},
       }) {
    EXPECT_EQ(CheckModel(c.text).has_value(), c.good) << c.what;
  }
}

TEST(Options, TheModelSettingDecidesWhereAModelIsLookedFor) {
  Options options = DefaultOptions("/home/ada");
  options.ollama_url = "http://elsewhere:1";
  EXPECT_EQ(ModelOptions(options).mode, ModelMode::kAuto);
  EXPECT_EQ(ModelOptions(options).url, "http://elsewhere:1");
  options.model = "sim";
  EXPECT_EQ(ModelOptions(options).mode, ModelMode::kSimulator);
  options.model = "http://there:2";
  EXPECT_EQ(ModelOptions(options).mode, ModelMode::kServer);
  EXPECT_EQ(ModelOptions(options).url, "http://there:2");
}

TEST(Options, APreparedModelLiesInTheUsersCache) {
  const ModelSetupOptions setup = ModelOptions(DefaultOptions("/home/ada"));
  EXPECT_EQ(setup.own.prepare.back(), "/home/ada/.cache/otm/models");
  EXPECT_EQ(setup.own.serve.front(), "/home/ada/.cache/otm/models/ollama");
  EXPECT_NE(setup.own.prepare.at(2).find("ollama_version="), std::string::npos);
}

}  // namespace
}  // namespace home
